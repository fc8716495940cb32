import { h } from './dom.js';
import { isUnlocked, lock, onToken, unlock } from './api.js';
import * as overview from './overview.js';
import * as agents from './agents.js';
import * as messages from './messages.js';
import * as deadletters from './deadletters.js';
import * as books from './books.js';
import * as orders from './orders.js';
import * as config from './config.js';

const PAGES = { overview, agents, messages, deadletters, books, orders, config };
const TITLES = { overview: 'Overview', agents: 'Agents', messages: 'Messages', deadletters: 'Dead letters', books: 'Books', orders: 'Orders', config: 'Configuration' };
const byId = (id) => document.getElementById(id);
const root = byId('page');
const notice = byId('notice');
let current = {};
let picture = null;
let noticeTimer = 0;

function tell(text, look) {
  notice.textContent = text;
  notice.className = look;
  notice.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.hidden = true; }, 8000);
}
const tools = { fail: (e) => tell(e.message, 'bad'), say: (text) => tell(text, ''), sure };

function dialog(box, before) {
  if (box.open) return Promise.resolve(false);
  before();
  return new Promise((resolve) => {
    box.addEventListener('close', () => resolve(box.returnValue === 'yes'), { once: true });
    box.returnValue = 'no';
    box.showModal();
  });
}

function sure(question) { return dialog(byId('sure'), () => { byId('sure-text').textContent = question; }); }

async function askForToken() {
  const field = byId('token-text');
  const isGiven = await dialog(byId('token'), () => { field.value = ''; });
  const token = field.value.trim();
  field.value = '';
  setTimeout(showLock);
  return isGiven ? token : '';
}

function showLock() { byId('unlock').textContent = isUnlocked() ? 'Lock' : 'Unlock'; }

function open() {
  const [name, ...rest] = location.hash.slice(1).split('/');
  const page = PAGES[name] ? name : 'overview';
  if (current.leave) current.leave();
  root.replaceChildren();
  root.focus({ preventScroll: true });
  for (const link of byId('nav').children) {
    if (link.dataset.page === page) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
  }
  document.title = `${TITLES[page]} – Relay`;
  current = PAGES[page].page(root, rest.join('/'), tools);
  root.dataset.page = page;
  if (picture && current.show) current.show(picture);
}

function listen() {
  const live = byId('live');
  const source = new EventSource('/events');
  source.onmessage = (event) => {
    picture = JSON.parse(event.data);
    overview.feed(picture, performance.now());
    agents.feed(picture, performance.now());
    live.textContent = picture.status ? 'live' : 'the core does not answer';
    live.className = picture.status ? 'good' : 'bad';
    byId('health').textContent = `health ${picture.health.score}`;
    byId('health').className = picture.health.score >= 90 ? 'good' : picture.health.score >= 50 ? 'warn' : 'bad';
    if (current.show) current.show(picture);
  };
  source.onerror = () => {
    live.textContent = 'not connected';
    live.className = 'bad';
    // A browser comes back by itself from a cut, but gives up when it is answered anything but a stream, as by a daemon that is starting.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}

onToken(askForToken);
byId('nav').append(...Object.entries(TITLES).map(([page, title], i) => h('a', { href: `#${page}`, 'data-page': page, title: `key ${i + 1}` }, title)));
byId('unlock').addEventListener('click', async () => {
  if (isUnlocked()) lock();
  else {
    const token = await askForToken();
    if (token) { unlock(token); open(); }
  }
  showLock();
});
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) || document.querySelector('dialog[open]')) return;
  const page = Object.keys(PAGES)[Number(event.key) - 1];
  if (page) location.hash = page;
  if (event.key === '/') { const field = root.querySelector('input[type=search]'); if (field) { event.preventDefault(); field.focus(); } }
});
addEventListener('hashchange', open);
showLock();
open();
listen();
