import type { Answer } from '../http/answer.js';
import type { AuditEvent } from '../server.js';

/** Shorter ones stand in answers by chance. */
const shortest = { credential: 6, piece: 16 };

/** Names each place where a credential of the request, or a long piece of one, is shown. */
export function checkLeaks(answer: Answer, events: readonly AuditEvent[], credentials: readonly string[]): string[] {
  const pieces = credentials.flatMap(piecesOf);
  const shows = (text: string) => pieces.some((piece) => text.includes(piece));
  const head = answer.headers.map((line) => line.join(': ')).join('\n');
  return [
    ...(shows(head) ? ['a field of the answer shows a credential'] : []),
    ...(shows(answer.body.toString()) ? ['the body of the answer shows a credential'] : []),
    ...(events.some((event) => shows(JSON.stringify(event))) ? ['an audit event shows a credential'] : []),
  ];
}

/** Names each of these texts that an answer or an event shows. */
export function checkHidden(answer: Answer, events: readonly AuditEvent[], hidden: readonly string[]): string[] {
  const shown = [
    JSON.stringify(answer.headers),
    answer.body.toString(),
    ...events.map((event) => JSON.stringify(event)),
  ];
  return hidden.flatMap((text, index) =>
    shown.some((each) => each.includes(text)) ? [`the answer or an event shows what it must hide (${index + 1})`] : [],
  );
}

/** The whole, the parts of a token, and the secret of a key without its prefix. */
function piecesOf(credential: string): readonly string[] {
  const parts = credential.split(/[^0-9A-Za-z_-]+/);
  return [
    ...[credential].filter(({ length }) => length >= shortest.credential),
    ...[...parts, ...parts.map((part) => part.slice(part.indexOf('_') + 1))].filter(
      ({ length }) => length >= shortest.piece,
    ),
  ];
}
