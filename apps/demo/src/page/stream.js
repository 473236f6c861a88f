/** @import { AuditView } from '../web/view.js' */
import { byId, el, formatMs } from './dom.js';

const maxShown = 200;

/** The list of audit events, newest first. */
export function createStream() {
  const list = byId('stream', HTMLOListElement);
  const pause = byId('stream-pause', HTMLButtonElement);
  const state = byId('stream-state', HTMLElement);
  /** @type {Set<string>} */
  const seen = new Set();
  /** @type {AuditView[]} */
  let waiting = [];
  let [paused, connected] = [false, false];

  const tell = () => {
    state.textContent = !connected ? 'not connected' : paused ? `paused, ${waiting.length} waiting` : 'live';
    state.dataset['state'] = connected && !paused ? 'live' : 'still';
    pause.textContent = paused ? 'Go on' : 'Pause';
    pause.setAttribute('aria-pressed', String(paused));
  };
  /** @param {AuditView} audit */
  const show = (audit) => {
    list.prepend(drawEvent(audit));
    while (list.children.length > maxShown) list.lastElementChild?.remove();
  };
  pause.addEventListener('click', () => {
    paused = !paused;
    if (!paused) for (const audit of waiting) show(audit);
    waiting = [];
    tell();
  });

  return {
    /** @param {AuditView} audit */
    add(audit) {
      // After a break the server tells its latest once more.
      if (seen.has(audit.event.id)) return;
      seen.add(audit.event.id);
      if (seen.size > 2 * maxShown) seen.delete([...seen][0] ?? '');
      if (!paused) return show(audit);
      waiting = [...waiting, audit].slice(-maxShown);
      tell();
    },
    /** @param {boolean} now */
    setConnected(now) {
      connected = now;
      tell();
    },
  };
}

/** @param {AuditView} audit */
function drawEvent({ server, event }) {
  const { time, kind, outcome, method, path, reason, subject, durationMs } = event;
  const color = outcome === 'allow' ? 'good' : outcome === 'refuse' ? 'hostile' : 'fail';
  const summary = el(
    'summary',
    {},
    el('span', { class: `pill ${color}` }, outcome),
    el('b', {}, server),
    el('span', { class: 'what' }, method === undefined ? kind : `${method} ${path}`),
    el('time', { datetime: time }, time.slice(11, 23)),
    el('code', {}, reason),
    el('span', { class: 'who' }, durationMs === undefined ? '' : `${subject ?? 'nobody'}, ${formatMs(durationMs)}`),
  );
  const details = el('details', {}, summary);
  // Most are never opened.
  details.addEventListener('toggle', () => details.append(el('pre', {}, JSON.stringify(event, null, 2))), {
    once: true,
  });
  return el('li', {}, details);
}
