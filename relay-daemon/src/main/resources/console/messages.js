import { h, span } from './dom.js';
import { get } from './api.js';

const WORDS = {
  accepted: 'accepted by the daemon', refused: 'refused', spilled: 'put into the store only', delivered: 'delivered', acked: 'acked by its recipient', nacked: 'its handler failed',
  stored: 'safe on disk', dead: 'became a dead letter', express: 'sent ahead of the lane',
};

export function page(root, argument, { fail }) {
  const field = h('input', { type: 'search', id: 'message-id', placeholder: 'message id, for example 0190f3c2-…', 'aria-label': 'message id', value: argument || '', size: 40 });
  const found = h('div', { id: 'timeline' });
  async function search(event) {
    if (event) event.preventDefault();
    const id = field.value.trim().toLowerCase();
    if (!id) return;
    history.replaceState(null, '', `#messages/${encodeURIComponent(id)}`);
    try {
      const { events } = await get(`/messages/${encodeURIComponent(id)}`);
      const first = events.length ? events[0].ago_us : 0;
      found.replaceChildren(events.length
        ? h('ol', { class: 'timeline' }, events.map((e) => h('li', null, h('strong', null, e.event), ` ${WORDS[e.event] || ''}`,
          h('div', { class: 'quiet' }, `+${((first - e.ago_us) / 1000).toFixed(3)} ms, ${span(e.ago_us / 1000)} ago  ${e.sender ? `${e.sender} → ${e.recipient} (${e.class})` : ''} epoch ${e.epoch} seq ${e.seq} detail ${e.detail}`))))
        : h('p', { class: 'warn' }, 'Nothing is known of this id: it is older than the newest 65,536 events, or it never came.'));
    } catch (e) { fail(e); }
  }
  root.append(h('h1', null, 'Messages'), h('form', { class: 'row', onsubmit: search }, field, h('button', { type: 'submit', id: 'message-search' }, 'Search')), found);
  if (argument) search();
  field.focus();
  return {};
}
