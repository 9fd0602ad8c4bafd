/** Keys, tokens and their folder alone, for programs that issue credentials without serving: nothing of the server is loaded. */
export { makeBackupPass } from './auth/backup-pass.ts'
export { isInstanceProof } from './auth/instance-proof.ts'
export { openKeys } from './auth/keys.ts'
export { issueToken } from './auth/tokens.ts'
export { systemClock } from './clock.ts'
export { makePrivateFolder } from './private-folder.ts'
