// What the console asks the daemon. The admin token is kept for this tab only and goes to no other address.
const KEY = 'relay.token';
let askForToken = async () => '';

export function onToken(ask) { askForToken = ask; }
export function isUnlocked() { return !!sessionStorage.getItem(KEY); }
export function lock() { sessionStorage.removeItem(KEY); }
export function unlock(token) { sessionStorage.setItem(KEY, token); }

async function send(path, method) {
  const token = sessionStorage.getItem(KEY);
  return fetch(path, { method, cache: 'no-store', credentials: 'omit', headers: token ? { Authorization: `Bearer ${token}` } : {} });
}

async function ask(path, method) {
  let answer = await send(path, method);
  if (answer.status === 401) {
    lock();
    const token = await askForToken();
    if (!token) throw new Error('this needs the admin token');
    unlock(token);
    answer = await send(path, method);
    if (answer.status === 401) {
      lock();
      throw new Error('that is not the admin token');
    }
  }
  const text = await answer.text();
  let body;
  try { body = JSON.parse(text); } catch { body = { message: text.trim() }; }
  if (!answer.ok) throw new Error(`${body.code ? `${body.code}: ` : ''}${body.message || `HTTP ${answer.status}`}`);
  return body;
}

export const get = (path) => ask(path, 'GET');
export const post = (path) => ask(path, 'POST');
// Asks only when no dialog would open: for pages that refresh themselves.
export const quietly = (path) => (isUnlocked() ? ask(path, 'GET') : Promise.resolve(null));
