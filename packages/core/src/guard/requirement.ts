import type { PolicyEngine } from '../contracts/policy.js';
import type { Ask, Requirement, Schemes } from '../contracts/requirement.js';
import type { Scheme } from '../contracts/scheme.js';
import { Faults } from '../errors/faults.js';

/** A requirement, checked once: a tree over slots, one slot for each scheme that it names. */
export interface Plan {
  readonly requirement: Requirement;
  readonly root: PlanNode;
  /** In the order of the requirement. */
  readonly slots: readonly Slot[];
  /** What a policy has to decide. */
  readonly permissionAsks: readonly { readonly slot: number; readonly ask: Ask }[];
  /** Pairs of slots (`0,1`) that may name different subjects: branches of an `allOf` that says so. */
  readonly mayDiffer: ReadonlySet<string>;
}

export interface Slot {
  readonly name: string;
  readonly scheme: Scheme;
}

export type PlanNode =
  | { readonly form: 'scheme'; readonly slot: number; readonly ask: Ask }
  | { readonly form: 'anyOf'; readonly branches: readonly PlanNode[] }
  | {
      readonly form: 'allOf';
      readonly branches: readonly PlanNode[];
      readonly sameSubject: boolean;
      /** Its pairs of `mayDiffer`. */
      readonly apart: readonly string[];
      readonly names?: readonly string[];
    }
  | { readonly form: 'optional'; readonly inner: PlanNode; readonly slots: readonly number[] }
  | { readonly form: 'public' };

const forms = ['scheme', 'anyOf', 'allOf', 'optional', 'public', 'resolve'] as const;
const askMembers = ['scheme', 'scopes', 'roles', 'permissions', 'acr', 'maxAgeSeconds'];
const membersOf: Readonly<Record<(typeof forms)[number], readonly string[]>> = {
  scheme: askMembers,
  anyOf: ['anyOf'],
  allOf: ['allOf', 'sameSubject'],
  optional: ['optional'],
  public: ['public'],
  resolve: ['resolve', 'covers'],
};
// Deeper than anybody writes; a cycle ends here.
const maxDepth = 16;

/**
 * Checks a requirement and makes a plan of it.
 * @param policy what can grant permissions
 * @throws ConfigurationError with every fault: an unknown scheme or member, two forms at once, an empty list.
 */
export function compileRequirement(requirement: Requirement, schemes: Schemes, policy: PolicyEngine | undefined): Plan {
  const compiler = new Compiler(schemes, policy);
  const root = compiler.compile(requirement, 'require', 0);
  compiler.faults.throwIfAny();
  // A copy: what becomes of the caller's object later changes nothing here, nor in lists of routes.
  const { slots, mayDiffer, permissionAsks } = compiler;
  return { requirement: freezeCopy(requirement), root: root!, slots, permissionAsks, mayDiffer };
}

class Compiler {
  readonly faults = new Faults();
  readonly slots: Slot[] = [];
  readonly permissionAsks: { readonly slot: number; readonly ask: Ask }[] = [];
  readonly mayDiffer = new Set<string>();
  readonly #schemes: Schemes;
  readonly #policy: PolicyEngine | undefined;

  constructor(schemes: Schemes, policy: PolicyEngine | undefined) {
    this.#schemes = schemes;
    this.#policy = policy;
  }

  compile(value: Requirement, path: string, depth: number): PlanNode | undefined {
    const form = this.#formOf(value, path, depth);
    switch (form) {
      case 'scheme':
        return this.#compileAsk(value as Ask, path);
      case 'anyOf': {
        const branches = this.#compileAll((value as { anyOf: readonly Requirement[] }).anyOf, `${path}.anyOf`, depth);
        return branches && { form, branches };
      }
      case 'allOf':
        return this.#compileAllOf(value as { allOf: readonly Requirement[]; sameSubject?: boolean }, path, depth);
      case 'optional': {
        const inner = this.compile((value as { optional: Requirement }).optional, `${path}.optional`, depth + 1);
        return inner && { form, inner, slots: slotsOf(inner) };
      }
      case 'public':
        if ((value as { public: unknown }).public === true) return { form };
        this.faults.add(`${path}.public`, 'invalid-requirement', 'must be true');
        return undefined;
      case 'resolve':
        this.faults.add(path, 'not-supported', 'resolve is not supported yet: list the requirements with anyOf');
        return undefined;
      case undefined:
        return undefined;
    }
  }

  #formOf(value: unknown, path: string, depth: number): (typeof forms)[number] | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > maxDepth) {
      this.faults.add(path, 'invalid-requirement', `must be an object with one of ${forms.join(', ')}`);
      return undefined;
    }
    const named = forms.filter((form) => (value as Record<string, unknown>)[form] !== undefined);
    if (named.length !== 1) {
      this.faults.add(path, 'invalid-requirement', `must have exactly one of ${forms.join(', ')}`);
      return undefined;
    }
    this.faults.within(path, () => {
      const faults = new Faults();
      faults.addUnknown(value, membersOf[named[0]!]);
      faults.throwIfAny();
    });
    return named[0];
  }

  #compileAsk(ask: Ask, path: string): PlanNode | undefined {
    const scheme = Object.hasOwn(this.#schemes, ask.scheme) ? this.#schemes[ask.scheme] : undefined;
    if (scheme === undefined) {
      this.faults.add(
        `${path}.scheme`,
        'unknown-scheme',
        `names ${JSON.stringify(ask.scheme)}; the schemes are ${Object.keys(this.#schemes).join(', ')}`,
      );
      return undefined;
    }
    for (const member of ['scopes', 'roles', 'permissions', 'acr'] as const) {
      const list: unknown = ask[member];
      // Nothing of an empty list would be asked, or nothing of it could ever hold.
      if (
        list !== undefined &&
        !(Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string' && item !== ''))
      ) {
        this.faults.add(`${path}.${member}`, 'invalid-requirement', 'must be a list of texts, not empty');
      }
    }
    if (ask.permissions !== undefined && this.#policy === undefined) {
      this.faults.add(
        `${path}.permissions`,
        'policy-required',
        'can be granted by a policy alone: give createAuth one, or ask for scopes or roles',
      );
    }
    for (const scope of Array.isArray(ask.scopes) ? ask.scopes : []) {
      if (typeof scope === 'string' && !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) {
        this.faults.add(
          `${path}.scopes`,
          'invalid-requirement',
          `has ${JSON.stringify(scope)}, which no scope token can be (RFC 6749 §3.3)`,
        );
      }
    }
    this.#checkPermissions(ask.permissions, `${path}.permissions`);
    const age: unknown = ask.maxAgeSeconds;
    if (age !== undefined && !(typeof age === 'number' && age >= 0))
      this.faults.add(`${path}.maxAgeSeconds`, 'invalid-requirement', 'must be a number of seconds');
    const slot = this.#slotOf(ask.scheme, scheme, `${path}.scheme`);
    const copy = freezeCopy(ask);
    if (ask.permissions !== undefined) this.permissionAsks.push({ slot, ask: copy });
    return { form: 'scheme', slot, ask: copy };
  }

  #checkPermissions(list: unknown, path: string): void {
    for (const permission of Array.isArray(list) ? (list as readonly unknown[]) : []) {
      if (typeof permission !== 'string') continue;
      if (permission.split(':').some((segment) => segment.includes('*')))
        this.faults.add(path, 'invalid-requirement', 'must name what is done; wildcards belong into the policy');
      else if (this.#policy?.knows?.(permission) === false)
        this.faults.add(path, 'unknown-permission', `names ${JSON.stringify(permission)}, which is none of the policy`);
    }
  }

  #compileAll(list: unknown, path: string, depth: number): readonly PlanNode[] | undefined {
    if (!Array.isArray(list) || list.length === 0) {
      this.faults.add(path, 'invalid-requirement', 'must be a list of requirements, not empty');
      return undefined;
    }
    const branches = (list as readonly Requirement[]).map((branch, index) =>
      this.compile(branch, `${path}[${index}]`, depth + 1),
    );
    return branches.includes(undefined) ? undefined : (branches as readonly PlanNode[]);
  }

  #compileAllOf(
    value: { allOf: readonly Requirement[]; sameSubject?: boolean },
    path: string,
    depth: number,
  ): PlanNode | undefined {
    const list: unknown = value.allOf;
    const named = typeof list === 'object' && list !== null && !Array.isArray(list);
    const names = named ? Object.keys(list) : undefined;
    const branches = this.#compileAll(named ? Object.values(list) : list, `${path}.allOf`, depth);
    if (value.sameSubject !== undefined && typeof value.sameSubject !== 'boolean')
      this.faults.add(`${path}.sameSubject`, 'invalid-requirement', 'must be true or false');
    if (branches === undefined) return undefined;
    const apart = value.sameSubject === false ? pairsAcross(branches.map(slotsOf)) : [];
    for (const pair of apart) this.mayDiffer.add(pair);
    return {
      form: 'allOf',
      branches,
      sameSubject: value.sameSubject ?? true,
      apart,
      ...(names !== undefined && { names }),
    };
  }

  #slotOf(name: string, scheme: Scheme, path: string): number {
    const known = this.slots.findIndex((slot) => slot.name === name);
    if (known !== -1) return known;
    const rival = this.slots.find(
      (slot) => scheme.takesRestOf !== undefined && slot.scheme.takesRestOf === scheme.takesRestOf,
    );
    if (rival !== undefined)
      this.faults.add(
        path,
        'ambiguous-schemes',
        `names ${name} beside ${rival.name}: of a token without a form of its own nothing tells whose it is`,
      );
    return this.slots.push({ name, scheme }) - 1;
  }
}

/** Pairs of slots that stand in different branches. */
function pairsAcross(branches: readonly (readonly number[])[]): readonly string[] {
  return branches.flatMap((branch, index) => {
    const others = branches.filter((_, other) => other !== index).flat();
    return branch.flatMap((slot) => others.map((other) => `${slot},${other}`));
  });
}

/** Requirements are plain data, but for the functions of `resolve`. */
function freezeCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(freezeCopy)) as T;
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([name, member]) => [name, freezeCopy(member)])),
  ) as T;
}

function slotsOf(node: PlanNode): readonly number[] {
  switch (node.form) {
    case 'scheme':
      return [node.slot];
    case 'anyOf':
    case 'allOf':
      return node.branches.flatMap(slotsOf);
    case 'optional':
      return slotsOf(node.inner);
    case 'public':
      return [];
  }
}
