import { HoldpointError, OutcomeUnknownError } from '@holdpoint/client/operator'

/** What the process ends with; part of the interface, so numbers are never reused. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  notAllowed: 4,
  unreachable: 5,
  unknownOutcome: 6,
  /** What shells give a program that Ctrl-C ended. */
  interrupted: 130,
} as const

export const EXIT_CODES_HELP = `Exit codes
  0  done
  1  unexpected: a defect of this program
  2  usage: an unknown command or option, or a value that cannot be read
  3  refused: the control plane said no, and why; of a command to many agents, at least one said no
     or none matched; of "channels test": it was not delivered
  4  not authenticated, or the token's role may not do that
  5  the control plane is not reachable, or not ready
  6  outcome unknown: the connection broke in between, or some of many agents have not answered; run the same
     command again with the --key it names and you get the answer to the first one, without doing it twice
  130  interrupted by Ctrl-C`

/** A command line that cannot be followed; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What cannot be done here and now, in one sentence. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: number
  /** What the sentence leaves out, line by line. */
  readonly lines: readonly string[] = []
  /** The same for programs. */
  readonly details: object | undefined

  constructor(message: string, exitCode: number = EXIT.refused, details?: object) {
    super(message)
    this.exitCode = exitCode
    this.details = details
  }
}

/** The person pressed Ctrl-C at a question; the message says what was left undone. */
export class Interrupted extends CommandFailure {
  constructor(message: string) {
    super(message, EXIT.interrupted)
  }
}

/** Which exit code an error means. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage
  if (error instanceof CommandFailure) return error.exitCode
  if (error instanceof OutcomeUnknownError) return EXIT.unknownOutcome
  if (!(error instanceof HoldpointError)) return EXIT.unexpected
  switch (error.code) {
    case 'unauthenticated':
    case 'forbidden':
      return EXIT.notAllowed
    case 'unavailable':
    case 'draining':
      return EXIT.unreachable
    case 'unknown':
      return EXIT.unknownOutcome
    case 'internal':
      return EXIT.unexpected
    default:
      return EXIT.refused
  }
}
