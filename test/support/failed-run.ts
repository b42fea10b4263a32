/** Why a run of tests has failed that no test says. Jest counts the errors of its reporters, and writes no word of them. */
export function failedRun(why: string): Error {
  process.stderr.write(`\n${why}\n`);
  return new Error(why);
}
