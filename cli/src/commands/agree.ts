import { type ApprovalDetail, approvalLevels } from '@holdpoint/shared'
import type { Session } from '../cli.ts'
import { CommandFailure } from '../exit-codes.ts'
import { approvalLines, jsonLines } from '../output/details.ts'
import { canAsk, prompt } from './confirm.ts'

/** How a person says that they have looked at what they release. */
export interface Agreeing {
  readonly digest?: string
  readonly yes?: boolean
}

const NOT_RELEASED = 'Not released; it still waits.'

const CAREFUL = approvalLevels.indexOf('required')

/** AP9: what is released is what was seen, so on a terminal it is shown first, and asked for where it is grave. */
export async function agree(
  { io, out }: Session,
  displayed: ApprovalDetail,
  { digest, yes }: Agreeing,
  edited?: unknown,
): Promise<void> {
  if (digest !== undefined && displayed.digest !== digest)
    throw new CommandFailure(`It is not what you looked at: its digest is ${displayed.digest}.`)
  if (out.json || yes || digest !== undefined || displayed.status !== 'pending' || !canAsk(io)) return
  out.note(approvalLines(displayed).join('\n'))
  if (edited !== undefined) out.note(['It would run with:', ...jsonLines(edited)].join('\n  '))
  if (approvalLevels.indexOf(displayed.level) < CAREFUL && !displayed.begunBefore) return
  const answer = await prompt(io, 'Release exactly this? Type yes: ', NOT_RELEASED)
  if (answer.trim().toLowerCase() !== 'yes') throw new CommandFailure(NOT_RELEASED)
}
