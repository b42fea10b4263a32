/** What is wrong with a person's file, and where: found before any of it runs. */
export class Mistake extends SyntaxError {
  /** "/home/student/server.ts:3:10". */
  readonly place: string;

  /** @param line counted from 1 @param column counted from 1 */
  constructor(message: string, file: string, line: number, column: number) {
    super(message);
    this.place = `${file}:${line}:${column}`;
    // Those that have found it are no part of it.
    this.stack = `SyntaxError: ${message}\n    at ${this.place}`;
    Object.defineProperty(this, 'place', { enumerable: false }); // else it is printed a second time
  }
}
