/** The scripts by name, each with the SHA-1 that Redis knows its text by. */
import { createHash } from 'node:crypto'
import { AGREE } from './lua/agree.lua.ts'
import { CLAIM_DEADLINES } from './lua/claim-deadlines.lua.ts'
import { COMMIT } from './lua/commit.lua.ts'
import { CONFIRM_ARCHIVED } from './lua/confirm-archived.lua.ts'
import { DUE_TIMES } from './lua/due-times.lua.ts'
import { NOTE_LOST_HISTORY } from './lua/note-lost-history.lua.ts'
import { RAISE_EPOCH } from './lua/raise-epoch.lua.ts'
import { READ_HISTORY } from './lua/read-history.lua.ts'
import { READ_PUSHES } from './lua/read-pushes.lua.ts'
import { READ_RECORDS } from './lua/read-records.lua.ts'
import { SEAL } from './lua/seal.lua.ts'
import { TRIM } from './lua/trim.lua.ts'

export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

export const scripts = {
  commit: script(COMMIT),
  seal: script(SEAL),
  claimDeadlines: script(CLAIM_DEADLINES),
  dueTimes: script(DUE_TIMES),
  confirmArchived: script(CONFIRM_ARCHIVED),
  trim: script(TRIM),
  noteLostHistory: script(NOTE_LOST_HISTORY),
  agree: script(AGREE),
  raiseEpoch: script(RAISE_EPOCH),
  readPushes: script(READ_PUSHES),
  readHistory: script(READ_HISTORY),
  readRecords: script(READ_RECORDS),
}
