import { setTimeout as sleep } from 'node:timers/promises'
import { HoldpointError } from '@holdpoint/client/operator'
import type { ApprovalDetail } from '@holdpoint/shared'
import { argsBeginning, OTHER_BYTES } from '../output/details.ts'

const READ_AT_ONCE = 8
const TRIES = 5
const PAUSE_MS = 1_000

type Detail = Pick<ApprovalDetail, 'canonical'>

/**
 * By id: the arguments of each on one line. One that is gone meanwhile, or whose bytes are not what its digest names, is
 * said to be so and does not keep the others from being listed. Errors: as `read`, which throws HoldpointError.
 */
export async function argumentsOf(
  read: (id: string) => Promise<Detail>,
  ids: readonly string[],
  pauseMs = PAUSE_MS,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const left = [...ids]
  const readOn = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift())
      found.set(id, await lineOf(read, id, pauseMs))
  }
  await Promise.all(Array.from({ length: READ_AT_ONCE }, readOn))
  return found
}

async function lineOf(
  read: (id: string) => Promise<Detail>,
  id: string,
  pauseMs: number,
  tries = 1,
): Promise<string> {
  try {
    return argsBeginning((await read(id)).canonical)
  } catch (error) {
    const code = error instanceof HoldpointError ? error.code : undefined
    if (code === 'not_found') return '(not readable)'
    if (code === 'invalid') return OTHER_BYTES
    if (code !== 'rate_limited' || tries === TRIES) throw error
    await sleep(pauseMs * tries)
    return lineOf(read, id, pauseMs, tries + 1)
  }
}
