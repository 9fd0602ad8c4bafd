import { readFile } from 'node:fs/promises'
import {
  type CheckedPolicy,
  checkPolicy,
  type PolicyProblem,
  placeOf,
  policyWarnings,
  type Result,
} from '@holdpoint/shared'
import { type Document, LineCounter, parseDocument } from 'yaml'
import { CommandFailure, EXIT, UsageError } from '../exit-codes.ts'
import { whyUnread } from '../unread.ts'
import { type Located, locate, type Problem } from './located.ts'

/** The largest file that is read; a policy beyond it would not fit in one message either. */
const MAX_FILE = 256 * 1024

/** A file with mistakes: each in the words of compilers, so that editors can jump to it. */
export class FileMistakes extends CommandFailure {
  override readonly lines: readonly string[]

  constructor(path: string, problems: readonly Located[]) {
    const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
    super(`${path} has ${count}; nothing of it was used.`, EXIT.refused, { file: path, problems })
    this.lines = problems.map((one) => compilerLine(path, one))
  }
}

/** `policy.yaml:4:11  rules.0.when (rule "refunds"): …`, which editors can jump to. */
export const compilerLine = (file: string, { line, column, path, rule, message }: Located): string =>
  `${file}:${line}:${column}  ${path === '' ? '' : `${placeOf({ path: [path], rule })}: `}${message}`

/** A YAML or JSON file, parsed. `value`: plain data. `judge`: what a check of it says, as FileMistakes where it refuses. */
export interface ParsedFile {
  readonly value: unknown
  /** Throws FileMistakes. */
  judge<T>(checked: Result<T>): T
  /** Where in the file each of these is. */
  locate(problems: readonly PolicyProblem[]): readonly Located[]
}

/** Throws UsageError where it can't be read, FileMistakes where it is no YAML. */
export async function readYaml(path: string): Promise<ParsedFile> {
  const text = await readText(path)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, keepSourceTokens: false })
  const broken = document.errors.map(({ pos, message }) => ({
    ...position(lines, pos[0]),
    path: '',
    message,
  }))
  if (broken.length > 0) throw new FileMistakes(path, broken)
  return {
    value: plainOf(path, document),
    locate: (problems) => problems.map((problem) => locate(document, lines, text, problem)),
    judge(checked) {
      if (checked.ok) return checked.value
      const { problems = [] } = (checked.error.details ?? {}) as { readonly problems?: readonly Problem[] }
      if (problems.length === 0) throw new CommandFailure(`${path}: ${checked.error.message}`)
      throw new FileMistakes(
        path,
        problems.map((problem) => locate(document, lines, text, problem)),
      )
    },
  }
}

/** A policy file, checked whole. `document` is what it says, without what it leaves out. */
export async function readPolicyFile(
  path: string,
): Promise<CheckedPolicy & { readonly document: unknown; readonly warnings: readonly Located[] }> {
  const file = await readYaml(path)
  const checked = file.judge(checkPolicy(file.value))
  return { document: file.value, ...checked, warnings: file.locate(policyWarnings(checked.policy)) }
}

const position = (lines: LineCounter, offset: number) => {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

/** Aliases are followed a bounded number of times. */
function plainOf(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 })
  } catch (error) {
    throw new CommandFailure(`${path} can not be used: ${(error as Error).message}.`)
  }
}

async function readText(path: string): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} can not be read: ${whyUnread(error)}.`)
  }
  if (text.length > MAX_FILE) throw new UsageError(`${path} is larger than ${MAX_FILE / 1024} KiB.`)
  return text
}
