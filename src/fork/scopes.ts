import type { Session } from 'node:inspector';

/**
 * The variables of Node's own modules, which nothing exports: V8's inspector shows those that a function sees.
 * Nothing is compiled anew or paused for that, and no debugger is enabled.
 */

type Variables = Readonly<Record<string, unknown>>;
type AnyFunction = (...args: never[]) => unknown;

/** What the inspector names an object by. */
interface Remote {
  readonly objectId?: string;
  readonly description?: string;
}

interface Described {
  readonly result?: Remote & readonly Described[];
  readonly internalProperties?: readonly { readonly name: string; readonly value?: Remote }[];
  readonly exceptionDetails?: unknown;
  readonly name?: string;
  readonly value?: Remote;
}

type Post = (method: string, parameters: object) => Described;

/** The way of an object from here to the inspector. */
const PASSAGE = Symbol.for('realfork.passage');

interface Passage {
  give: unknown;
}

function objectIdOf(post: Post, expression: string): string | undefined {
  return post('Runtime.evaluate', { expression, silent: true }).result?.objectId;
}

function lookInto(post: Post, passage: Passage, look: AnyFunction): Variables {
  passage.give = look;
  const path = `globalThis[Symbol.for(${JSON.stringify(PASSAGE.description)})]`;
  const own = { ownProperties: true };
  const { internalProperties = [] } = post('Runtime.getProperties', {
    objectId: objectIdOf(post, `${path}.give`),
    ...own,
  });
  const scopes = internalProperties.find(({ name }) => name === '[[Scopes]]')?.value?.objectId;
  if (scopes === undefined) return {};
  const listed: readonly Described[] = post('Runtime.getProperties', { objectId: scopes, ...own }).result ?? [];
  const around = listed.flatMap(({ value }) => (value?.description === 'Global' ? [] : (value?.objectId ?? [])));
  const variables: Record<string, unknown> = {};
  passage.give = (scope: Variables): void => {
    Object.assign(variables, scope);
  };
  const take = { objectId: objectIdOf(post, `${path}.give`) };
  for (const objectId of around.reverse()) {
    post('Runtime.callFunctionOn', {
      objectId,
      functionDeclaration: 'function (take) { take(this.object); }',
      arguments: [take],
      silent: true,
    });
  }
  return variables;
}

/**
 * Has `use` look into functions: what `variablesOf` gives are the variables around a function, those that any function
 * there uses. The values are the real ones, the object that has them is a copy. Undefined where
 * there is no inspector: it is left out of this Node, or not permitted.
 */
export function withScopes<Result>(use: (variablesOf: (look: AnyFunction) => Variables) => Result): Result | undefined {
  let session: Session;
  try {
    const inspector = require('node:inspector') as typeof import('node:inspector');
    session = new inspector.Session();
    session.connect();
  } catch {
    return undefined; // ERR_INSPECTOR_NOT_AVAILABLE, ERR_ACCESS_DENIED
  }
  const post: Post = (method, parameters) => {
    let answer: Described = {};
    session.post(method, parameters, (error: Error | null, result?: object) => {
      if (error !== null) throw error;
      answer = { ...result };
    });
    return answer;
  };
  const passage: Passage = { give: undefined };
  Object.defineProperty(globalThis, PASSAGE, { value: passage, configurable: true });
  try {
    return use((look) => lookInto(post, passage, look));
  } finally {
    Reflect.deleteProperty(globalThis, PASSAGE);
    session.disconnect();
  }
}
