import { Ajv2020 } from 'ajv/dist/2020.js';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { Expectation, JsonObject, RequestStep } from '../src/case.js';
import { caseFolders } from '../src/case-folders.js';
import {
  loadCallCases,
  loadCases,
  loadClientCases,
  loadCodes,
  loadConfigurations,
  loadFiles,
  loadTexts,
} from '../src/data.js';
import { replace } from '../src/placeholders.js';

const home = new URL('../', import.meta.url);
const read = (path: string): JsonObject => JSON.parse(readFileSync(new URL(path, home), 'utf8')) as JsonObject;
const filesIn = (folder: string): string[] =>
  readdirSync(new URL(`${folder}/`, home)).map((file) => `${folder}/${file}`);

const cases = loadCases();
const configurations = loadConfigurations();
const codes = loadCodes();
const caseFiles = caseFolders.server.flatMap((folder) => filesIn(`vectors/${folder}`));
const callFiles = caseFolders.call.flatMap((folder) => filesIn(`vectors/${folder}`));
const requestsOf = ({ steps = [] }: (typeof cases)[number]): readonly RequestStep[] =>
  steps.filter((step) => 'request' in step);
/** Every expectation, alternatives too, with the id of its case. */
const all = cases.flatMap((one) =>
  requestsOf(one).flatMap(({ expect: wanted }) =>
    ([wanted].flat() as readonly Expectation[]).map((expected) => Object.assign({ id: one.id }, expected)),
  ),
);

/** A parameter of a route stands for one segment. */
function fits(route: string, path: string): boolean {
  const segments = path.split('/');
  const wanted = route.split('/');
  return (
    wanted.length === segments.length && wanted.every((text, index) => text.startsWith(':') || text === segments[index])
  );
}

function faultsOf(schema: string, file: string): unknown {
  const validate = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false }).compile(read(schema));
  return validate(read(file)) ? [] : validate.errors;
}

describe('the data', () => {
  it.each(caseFiles)('%s is as its schema says', (file) => {
    expect(faultsOf('schema/case.schema.json', file)).toEqual([]);
  });

  it.each(filesIn('vectors/client'))('%s is as its schema says', (file) => {
    expect(faultsOf('schema/client-case.schema.json', file)).toEqual([]);
  });

  it('has ids and titles of clients that stand once', () => {
    const clientCases = loadClientCases();
    expect(new Set(clientCases.map(({ id }) => id)).size).toBe(clientCases.length);
    expect(new Set(clientCases.map(({ title }) => title)).size).toBe(clientCases.length);
  });

  it.each(callFiles)('%s is as the schema of calls says', (file) => {
    expect(faultsOf('schema/call-case.schema.json', file)).toEqual([]);
  });

  it.each(filesIn('vectors/configurations'))('%s is as its schema says', (file) => {
    expect(faultsOf('schema/configuration.schema.json', file)).toEqual([]);
  });

  it('has ids and titles that stand once', () => {
    const twice = (list: readonly string[]) => list.filter((text, index) => list.indexOf(text) !== index);
    const every = [...cases, ...loadCallCases()];
    expect(twice(every.map(({ id }) => id))).toEqual([]);
    expect(twice(every.map(({ id, title }) => `${id.replace(/\.\d+$/, '')} ${title}`))).toEqual([]);
  });

  it('names configurations that are there, and has none to spare', () => {
    expect(new Set(cases.map(({ configuration }) => configuration))).toEqual(new Set(Object.keys(configurations)));
  });

  it('has an answer for every placeholder, and no token or key to spare', () => {
    const texts = loadTexts();
    const data = [...caseFiles, ...filesIn('vectors/configurations')]
      .map((file) => JSON.stringify(read(file)))
      .join('\n');
    expect(() =>
      replace(data, { ...texts, file: loadFiles() }, ['issuer', 'control', 'answer', 'secret', 'proof', 'kept']),
    ).not.toThrow();
    const unused = (['token', 'key', 'basic', 'hash', 'session'] as const).flatMap((kind) =>
      Object.keys(texts[kind]).filter((name) => !data.includes(`{{${kind}:${name}}}`)).map((name) => `${kind}:${name}`),
    ); // prettier-ignore
    const signed = Object.keys(texts.signed).filter((name) => !data.includes(`:${name}}}`));
    expect(signed).toEqual([]);
    // Tokens that others are made of.
    expect(unused.sort()).toEqual(['token:url-alphabet']);
  });

  it('refuses a placeholder that names nothing', () => {
    expect(() => replace('{{token:toString}}', loadTexts())).toThrow('names nothing');
  });

  it('leaves no placeholder in the configurations but those of the issuer and of files', () => {
    const left = JSON.stringify(configurations)
      .replaceAll(/\{\{(?:issuer:(?:url|port)|file:[a-z0-9.-]+)\}\}/g, '')
      .match(/\{\{[^}]*\}\}/);
    expect(left).toBeNull();
  });

  it('has an issuer in every case that names one, and in no other', () => {
    const wrong = cases.filter(({ issuer, configuration, steps = [] }) => {
      const named =
        JSON.stringify(configurations[configuration]).includes('{{issuer:') ||
        steps.some((step) => 'issuer' in step || 'requested' in step);
      return named !== (issuer !== undefined);
    });
    expect(wrong).toEqual([]);
  });

  it('gives commands to servers alone that take them', () => {
    const wrong = cases.filter(
      ({ configuration, steps = [] }) =>
        steps.some((step) => 'control' in step) && configurations[configuration]!.control !== true,
    );
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it('leaves nothing of what a server counts for another case', () => {
    const wrong = cases.filter(({ configuration }) => {
      const { throttle, routes, control } = configurations[configuration]!;
      return (throttle !== undefined || routes.some(({ limit }) => limit !== undefined)) && control !== true;
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it('has the statuses and the texts of the codes in every expectation', () => {
    const wrong = all.flatMap(({ id, code, status, challenges, audit }) => {
      const reason = audit?.reason;
      const row = codes[code ?? ''];
      if (code === null) return [];
      // RFC 6749 §5.2: the body of an endpoint, with a status of its own.
      if (code.startsWith('oauth:')) return status === (code === 'oauth:invalid_client' ? 401 : 400) ? [] : [id];
      // Where two credentials fail, the challenge of each tells its own.
      const errors = (reason === 'several' ? Object.values(codes) : [row]).map(
        (told) => `error="${told?.oauthError}", error_description="${told?.title}"`,
      );
      const odd = challenges.filter((text) => text.includes('error=') && !errors.some((error) => text.includes(error)));
      return status === row?.status && odd.length === 0 ? [] : [id];
    });
    expect(wrong).toEqual([]);
  });

  it('has error in the challenge of one scheme at most, never for API keys on 400 and 401', () => {
    const wrong = all.filter(({ challenges, status }) => {
      const failing = challenges.filter((text) => text.includes('error='));
      return failing.length > 1 || (status !== 403 && failing.some((text) => text.startsWith('ApiKey')));
    });
    expect(wrong).toEqual([]);
  });

  it('takes every route from the configuration of the case', () => {
    const unknown = cases
      .filter(({ id }) => !id.startsWith('http-path-variants'))
      .filter((one) => {
        const { routes, keyManagement, issuer } = configurations[one.configuration]!;
        const mounts = [keyManagement?.['path'], issuer?.['mount'], issuer && '/.well-known'].filter(
          (mount) => typeof mount === 'string',
        );
        // What a server publishes by itself is no route.
        const asked = requestsOf(one).filter(({ expect: wanted }) => !('body' in wanted));
        return asked.some(({ request: { method, target } }) => {
          const path = target.replace(/^http:\/\/[^/]*|\?.*$/g, '');
          if (mounts.some((mount) => path === mount || path.startsWith(`${mount}/`))) return false;
          return !routes.some(
            (route) => fits(route['path'] as string, path) && route['method'] === (method === 'HEAD' ? 'GET' : method),
          );
        });
      });
    expect(unknown).toEqual([]);
  });
});
