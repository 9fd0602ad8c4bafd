export { type BalancerOptions, balancerConfig } from './cluster/balancer-config.ts'
export type { Io } from './io.ts'
export { runCli } from './run-cli.ts'
