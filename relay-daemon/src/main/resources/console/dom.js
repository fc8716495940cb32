// Elements without markup in strings: what came from elsewhere can only become text.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((c) => c !== undefined && c !== null).map((c) => (c instanceof Node ? c : String(c))));
  return element;
}

export function number(value) {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value === undefined || value === null ? '–' : String(value);
}

export function span(ms) {
  if (typeof ms !== 'number') return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} m ${s % 60} s`;
  return s < 86400 ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} m` : `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

// Makes a row look like another one and leaves in place what is the same: focus, a tick, a click whose button is still down.
function merge(row, now) {
  const cells = [...now.children];
  cells.forEach((cell, i) => {
    const old = row.children[i];
    if (!old) { row.append(cell); return; }
    for (const name of ['class', 'aria-sort']) {
      if (cell.hasAttribute(name)) old.setAttribute(name, cell.getAttribute(name)); else old.removeAttribute(name);
    }
    if (old.innerHTML !== cell.innerHTML) old.replaceChildren(...cell.childNodes);
  });
  while (row.children.length > cells.length) row.lastChild.remove();
  return row;
}

function place(parent, rows) {
  rows.forEach((row, i) => { if (parent.children[i] !== row) parent.insertBefore(row, parent.children[i] || null); });
  while (parent.children.length > rows.length) parent.lastChild.remove();
}

// A table that keeps its order, filter and rows while what they show changes. Columns: {key, title, number, text(row), look(row)}; options.id(row) or
// options.key says which row is which.
export class Table {
  constructor(id, columns, options = {}) {
    this.id = id;
    this.columns = columns;
    this.options = options;
    this.sortKey = options.sort;
    this.isDown = options.isDown ?? true;
    this.filter = '';
    this.rows = [];
    this.shown = new Map();
    this.body = h('tbody');
    this.headings = h('tr');
    this.head = h('thead', null, this.headings);
    this.element = h('div', { class: 'scroll' }, h('table', { id }, this.head, this.body));
  }

  show(rows) {
    this.rows = rows;
    const known = new Set([...this.columns.map((c) => c.key), ...(this.options.hidden || [])]);
    const extra = [];
    for (const row of this.options.extra ? rows : []) {
      for (const [key, value] of Object.entries(row)) {
        if (!known.has(key) && typeof value !== 'object') {
          known.add(key);
          extra.push({ key, title: key.replaceAll('_', ' '), number: typeof value === 'number' });
        }
      }
    }
    this.all = [...this.columns, ...extra];
    this.draw();
  }

  draw() {
    const sorted = this.rows.filter((row) => !this.filter || JSON.stringify(row).toLowerCase().includes(this.filter));
    const by = this.all.find((c) => c.key === this.sortKey);
    if (by) {
      const value = (row) => row[by.key] ?? '';
      sorted.sort((a, b) => (by.number ? Number(value(a)) - Number(value(b)) : String(value(a)).localeCompare(String(value(b)))) * (this.isDown ? -1 : 1));
    }
    merge(this.headings, h('tr', null, this.all.map((c) => h('th', { class: c.number && 'number', 'aria-sort': c.key === this.sortKey ? (this.isDown ? 'descending' : 'ascending') : undefined },
      h('button', { type: 'button', onclick: () => this.sortBy(c) }, c.title)))));
    const before = this.shown;
    this.shown = new Map();
    place(this.body, sorted.length ? sorted.map((row) => this.kept(before, row)) : [h('tr', null, h('td', { colspan: this.all.length, class: 'quiet' }, this.options.empty || 'nothing'))]);
  }

  kept(before, row) {
    const id = this.options.id ? this.options.id(row) : row[this.options.key];
    const now = this.row(row);
    const element = before.has(id) && !this.shown.has(id) ? merge(before.get(id), now) : now;
    if (id !== undefined) this.shown.set(id, element);
    return element;
  }

  sortBy(column) {
    this.isDown = this.sortKey === column.key ? !this.isDown : !!column.number;
    this.sortKey = column.key;
    this.draw();
  }

  row(row) {
    return h('tr', { 'data-key': this.options.key && row[this.options.key] }, this.all.map((c) => {
      const shown = c.text ? c.text(row) : number(row[c.key]);
      return h('td', { class: [c.number && 'number', c.long && 'long', c.look && c.look(row)].filter(Boolean).join(' ') || undefined }, shown);
    }));
  }

  filterField(label) {
    return h('input', { type: 'search', placeholder: label, 'aria-label': label, oninput: (e) => { this.filter = e.target.value.toLowerCase(); this.draw(); } });
  }
}
