/** The command as its user types it: npx, which npm tells as "exec", finds what no PATH does. */
export const REALFORK = process.env['npm_command'] === 'exec' ? 'npx realfork' : 'realfork';
