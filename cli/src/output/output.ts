import { HoldpointError, OutcomeUnknownError } from '@holdpoint/client/operator'
import { type ApprovalView, reveal, type TicketView } from '@holdpoint/shared'
import pc from 'picocolors'
import { CommandFailure, EXIT, exitCodeOf } from '../exit-codes.ts'
import type { Io } from '../io.ts'
import { localTime } from './format.ts'
import { visible } from './visible.ts'

export type Colors = ReturnType<typeof pc.createColors>

/** Where a command's words go: results to stdout, everything else to stderr. */
export interface Output {
  readonly json: boolean
  readonly colors: Colors
  /** A person reads along. */
  readonly interactive: boolean
  /** The result: `data` as one JSON document with --json, else the text. */
  result(data: object, text: () => string): void
  /** How wide what reads the result is; undefined where that is no terminal. */
  readonly columns: number | undefined
  /** A remark beside the result; silent with --json. */
  note(text: string): void
  /** Says why the command failed. Returns the exit code. */
  failure(error: unknown): number
  /** Shows `sentence` with the seconds once `work` takes longer than one; only on a terminal. */
  during<T>(sentence: string, work: Promise<T>): Promise<T>
}

const PATIENCE_MS = 1_000
const TICK_MS = 250
const CLEAR_LINE = '\r\u001b[2K'

export function createOutput(io: Io, options: { readonly json: boolean; readonly color: boolean }): Output {
  const { json } = options
  const colors = pc.createColors(options.color && !io.env.NO_COLOR && io.stdout.isTTY === true && !json)
  const interactive = io.stderr.isTTY === true && !json
  return {
    json,
    colors,
    interactive,
    columns: io.stdout.isTTY === true ? io.stdout.columns : undefined,
    result: (data, text) => {
      const words = json ? jsonText(data) : text()
      io.stdout.write(words === '' ? '' : `${words}\n`)
    },
    note: (text) => {
      if (!json) io.stderr.write(`${text}\n`)
    },
    failure: (error) => {
      const exitCode = exitCodeOf(error)
      if (json) io.stdout.write(`${jsonText({ error: describe(error), exitCode })}\n`)
      else io.stderr.write(`${[`${colors.red('✗')} ${sentence(error)}`, ...linesOf(error)].join('\n')}\n`)
      return exitCode
    },
    during: async (what, work) => {
      if (!interactive) return work
      const since = Date.now()
      let shown = false
      const timer = setInterval(() => {
        const elapsed = Date.now() - since
        if (elapsed < PATIENCE_MS) return
        shown = true
        io.stderr.write(`${CLEAR_LINE}${what} (${Math.floor(elapsed / 1_000)} s)`)
      }, TICK_MS)
      try {
        return await work
      } finally {
        clearInterval(timer)
        if (shown) io.stderr.write(CLEAR_LINE)
      }
    },
  }
}

/** JSON that a terminal may be shown: what would steer it, or hide, is escaped, which reads as the very same data. */
const jsonText = (data: object): string =>
  reveal(JSON.stringify(data))
    .map(({ text, code }) => (code === undefined ? text : text.split('').map(escaped).join('')))
    .join('')

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** An error as JSON: the server's refusal as it came, with the key to ask again where the outcome is unknown. */
function describe(error: unknown): object {
  if (!(error instanceof HoldpointError))
    return {
      code: codeOf(exitCodeOf(error)),
      message: messageOf(error),
      retryable: false,
      ...(error instanceof CommandFailure && error.details ? { details: error.details } : {}),
    }
  const { code, message, retryable, details } = error
  return {
    code,
    message,
    retryable,
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(error instanceof OutcomeUnknownError ? { key: error.key } : {}),
  }
}

const linesOf = (error: unknown): readonly string[] =>
  error instanceof CommandFailure ? error.lines.map((line) => `  ${visible(line)}`) : []

const codeOf = (exitCode: number): string =>
  exitCode === EXIT.usage ? 'usage' : exitCode === EXIT.notAllowed ? 'unauthenticated' : 'failed'

/** Messages can quote what an agent wrote, so they are neutralised too. */
function sentence(error: unknown): string {
  const message = visible(messageOf(error))
  if (error instanceof OutcomeUnknownError)
    return `${message} Run the same command again with --key ${visible(error.key)} to get the answer.`
  return error instanceof HoldpointError ? `${message}${standingText(error)} [${error.code}]` : message
}

/** What stands instead: ` It was denied by ana at 12:03:20: “not today”.` */
function standingText({ code, details }: HoldpointError): string {
  if (code !== 'already_decided' && code !== 'expired') return ''
  const { status, decidedBy, closedBy, closedAt, reason, stages } = (details.standing ?? {}) as Partial<
    ApprovalView & TicketView
  >
  if (status === undefined) return ''
  const by = decidedBy ?? closedBy
  const at = stages?.decided?.at ?? closedAt
  const when = at === undefined ? '' : ` at ${localTime(at, new Date())}`
  const why = reason === undefined ? '' : `: “${visible(reason)}”`
  return ` It was ${status.replace('_', '-')}${by === undefined ? '' : ` by ${visible(by)}`}${when}${why}.`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
