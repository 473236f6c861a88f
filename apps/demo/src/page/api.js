/** @import { AuditView, BoardView, CellView, KeysView } from '../web/view.js' */

/** @returns {Promise<BoardView>} */
export const fetchBoard = async () => (await ask('/board.json')).json();

/**
 * Sends one request once more.
 * @param {string} request
 * @param {string} framework
 * @returns {Promise<CellView>}
 */
export async function sendAgain(request, framework) {
  const body = JSON.stringify({ request, framework });
  return (await ask('/send', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
}

export async function sendAllAgain() {
  await ask('/send-all', { method: 'POST' });
}

/** @returns {Promise<KeysView>} */
export const fetchKeys = async () => (await ask('/keys.json')).json();

/**
 * Makes the next key of the issuer sign, and all tokens anew.
 * @returns {Promise<KeysView | undefined>} undefined where it is too early for that
 */
export async function rotateKeys() {
  const response = await ask('/rotate', { method: 'POST' });
  return response.status === 200 ? response.json() : undefined;
}

/**
 * Listens to what happens, and comes again by itself where the line breaks.
 * @param {{ onOpen: () => void, onBreak: () => void, onCell: (cell: CellView) => void, onAudit: (audit: AuditView) => void }} listeners
 */
export function listenLive({ onOpen, onBreak, onCell, onAudit }) {
  const source = new EventSource('/live');
  source.addEventListener('open', onOpen);
  source.addEventListener('error', onBreak);
  source.addEventListener('cell', ({ data }) => onCell(JSON.parse(data)));
  source.addEventListener('audit', ({ data }) => onAudit(JSON.parse(data)));
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function ask(path, init) {
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response;
}
