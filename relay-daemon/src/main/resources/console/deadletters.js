import { h, number, span, Table } from './dom.js';
import { get, post } from './api.js';

function text(base64) {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  try { return new TextDecoder('utf-8', { fatal: true }).decode(bytes); } catch { return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' '); }
}

async function whole(no) {
  let letter = null;
  let payload = '';
  for (let offset = 0; ;) {
    const piece = await get(`/dlq/${no}?offset=${offset}`);
    const bytes = atob(piece.payload || '');
    payload += bytes;
    offset += bytes.length;
    letter = piece;
    if (!piece.more) return { ...letter, more: undefined, payload: btoa(payload) };
  }
}

export function page(root, argument, { fail, say, sure }) {
  const chosen = new Set();
  const peek = h('div', { id: 'peek' });
  const stats = h('p', { class: 'quiet', id: 'dlq-stats' });
  const filters = {};
  const filter = (name) => (filters[name] = h('input', { type: 'search', placeholder: name, 'aria-label': name, onchange: load, size: 14 }));
  const button = (label, act, no, danger) => h('button', { type: 'button', class: danger && 'danger', 'data-act': act, 'data-no': no, onclick: () => acts[act]([no]) }, label);
  const table = new Table('dead-letters', [
    { key: 'pick', title: '', text: (r) => h('input', { type: 'checkbox', 'aria-label': `choose ${r.no}`, 'data-pick': r.no, checked: chosen.has(r.no), onchange: (e) => (e.target.checked ? chosen.add(r.no) : chosen.delete(r.no)) }) },
    { key: 'no', title: 'no', number: true }, { key: 'reason', title: 'reason' }, { key: 'sender', title: 'sender' }, { key: 'target', title: 'target' }, { key: 'kind', title: 'kind' },
    { key: 'attempts', title: 'attempts', number: true }, { key: 'error', title: 'error', long: true },
    { key: 'id', title: 'message', text: (r) => h('a', { href: `#messages/${r.id}` }, r.id.slice(0, 8)) },
    { key: 'act', title: '', text: (r) => h('span', null, button('Peek', 'peek', r.no), ' ', button('Redrive', 'redrive', r.no), ' ', button('Drop', 'drop', r.no, true)) },
  ], { sort: 'no', isDown: false, key: 'no', empty: 'no dead letters' });

  async function load() {
    const query = Object.entries(filters).filter(([, f]) => f.value).map(([name, f]) => `&${name}=${encodeURIComponent(f.value)}`).join('');
    try {
      const [list, counts] = await Promise.all([get(`/dlq?limit=200${query}`), get('/dlq/stats')]);
      const listed = new Set(list.dead_letters.map((r) => r.no));
      [...chosen].filter((no) => !listed.has(no)).forEach((no) => chosen.delete(no)); // what cannot be seen is not chosen
      table.show(list.dead_letters);
      stats.textContent = `${number(counts.total)} in all${list.more ? `, the first ${list.dead_letters.length} are shown` : ''}`;
    } catch (e) { fail(e); }
  }

  async function each(numbers, act, done) {
    let count = 0;
    const refused = [];
    for (const no of numbers) {
      try { await post(`/dlq/${no}/${act}`); count += 1; chosen.delete(no); } catch (e) { refused.push(`${no}: ${e.message}`); }
    }
    await load();
    if (refused.length) fail(new Error(`${count} ${done}, ${refused.length} not: ${refused.slice(0, 3).join('; ')}`)); else say(`${count} ${done}`);
  }

  const acts = {
    async peek([no]) {
      try {
        const letter = await whole(no);
        peek.replaceChildren(h('h2', null, `Dead letter ${no}`), h('pre', { id: 'peek-payload' }, text(letter.payload)),
          h('p', { class: 'quiet' }, `${letter.kind} from ${letter.sender} to ${letter.target}, ${letter.attempts} attempts, ${span(letter.age_ms)}: ${letter.error || ''}`));
      } catch (e) { fail(e); }
    },
    redrive: (numbers) => each(numbers, 'redrive', 'redriven'),
    async drop(numbers) { if (await sure(`Drop ${numbers.length === 1 ? `dead letter ${numbers[0]}` : `${numbers.length} dead letters`}? This cannot be taken back.`)) await each(numbers, 'drop', 'dropped'); },
    async export(numbers) {
      try {
        const lines = [];
        for (const no of numbers) lines.push(JSON.stringify(await whole(no)));
        const link = h('a', { href: URL.createObjectURL(new Blob([`${lines.join('\n')}\n`], { type: 'application/x-ndjson' })), download: 'dead-letters.jsonl' });
        link.click();
        URL.revokeObjectURL(link.href);
        say(`${lines.length} exported`);
      } catch (e) { fail(e); }
    },
  };
  const many = (label, act, danger) => h('button', { type: 'button', id: `${act}-chosen`, class: danger && 'danger', onclick: () => (chosen.size ? acts[act]([...chosen]) : fail(new Error('choose dead letters first'))) }, label);
  root.append(h('h1', null, 'Dead letters'), stats, h('div', { class: 'row' }, filter('reason'), filter('sender'), filter('target'), h('button', { type: 'button', onclick: load }, 'Reload'),
    many('Redrive chosen', 'redrive'), many('Export chosen', 'export'), many('Drop chosen', 'drop', true)), table.element, peek);
  load();
  let known = -1;
  return {
    show(picture) {
      if (picture.status && picture.status.dead_letters !== known && known !== -1) load();
      if (picture.status) known = picture.status.dead_letters;
    },
  };
}
