/**
 * What all peers run in: the least that there is. Variables change what is measured (NODE_EXTRA_CA_CERTS alone
 * makes Node's heap 2 MB larger, and each of its forks slower), and differ from machine to machine.
 */
export const environment: NodeJS.ProcessEnv = { PATH: process.env['PATH'] };
