import type { ExpectedBody, Json, JsonObject } from '../case.js';
import { valuesOf, type Answer } from '../http/answer.js';
import { compare } from './answer.js';

/** What is wrong with an answer whose body is a JSON object; nothing where it is right. */
export function checkJsonBody(answer: Answer, { has = {}, only }: ExpectedBody): string[] {
  const body = parse(answer.body.toString());
  if (body === undefined) return [`the body is no JSON object: ${answer.body.toString().slice(0, 200)}`];
  return [
    ...compare('content-type', valuesOf(answer, 'content-type'), ['application/json']),
    ...Object.entries(has).flatMap(([name, value]) => compare(`body.${name}`, body[name], value)),
    ...(only === true
      ? Object.keys(body)
          .filter((name) => !Object.hasOwn(has, name))
          .map((name) => `body.${name} must not be there`)
      : []),
  ];
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
