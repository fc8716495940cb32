import { h } from './dom.js';
import { get } from './api.js';

export function page(root, argument, { fail }) {
  const table = h('table', { id: 'config' });
  root.append(h('h1', null, 'Configuration'), h('p', { class: 'quiet' }, 'What this daemon runs with. relay config show --origin says where each value comes from.'), h('div', { class: 'scroll' }, table));
  get('/config').then((config) => table.replaceChildren(...Object.entries(config).map(([key, value]) => h('tr', null, h('td', null, key), h('td', { class: 'long' }, value === '' ? '–' : String(value)))))).catch(fail);
  return {};
}
