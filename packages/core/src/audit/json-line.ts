// What JSON leaves as it is and a terminal or a log reader may act on: C1 controls, DEL, line separators, bidi controls.
const unsafe = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

/** Writes an event as one line of JSON, without its end; nothing in an event can end the line. */
export function formatJsonLine(event: object): string {
  return JSON.stringify(event).replace(unsafe, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
