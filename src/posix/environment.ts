/** An environment as execve(2) takes it: "NAME=value" each. What is undefined is left out. */
export function environmentStrings(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
}
