import { join } from 'node:path'
import { agentRequests, handshake, operatorRequests, progress } from '@holdpoint/shared'
import ts from 'typescript'
import { until } from '../harness/until.ts'
import { type Block, ROOT, wordOf } from './pages.ts'
import type { Ran, ShellSession } from './shell-session.ts'

/** What the pages may hold; anything else is a block that nobody checks. */
export const LANGUAGES = ['sh', 'console', 'js', 'ts', 'python', 'json', 'yaml', 'text']

/** A line that stands for any number of lines. */
const ELLIPSIS = '…'
const AGAIN_WITHIN_MS = 45_000
const HOLDPOINT = `node ${join(ROOT, 'cli/dist/main.js')}`
const PENDING = `${HOLDPOINT} approvals --json | grep -q '"status":"pending"'`

/** Does what a page tells its reader to do, block by block, and looks whether it is as the page says. */
export async function follow(session: ShellSession, blocks: readonly Block[]): Promise<void> {
  let last: Ran = { code: 0, output: '' }
  let listed = ''
  for (const [index, block] of blocks.entries()) {
    if (block.notRun !== undefined) continue
    const file = wordOf(block, 'file')
    if (file !== undefined) session.write(file, block.text)
    else if (block.language === 'text') await checkText(session, block, last)
    else if (block.language === 'sh') {
      const text = block.text.replaceAll('<id>', listed)
      const expected = blocks[index + 1]
      if (block.words.includes('background')) await start(session, block, text)
      else last = await run(session, block, text, expected)
      listed = firstListedId(last.output) ?? listed
    } else if (block.language === 'console') listed = await replay(session, block, listed)
  }
}

/** A recorded session: each command after `$ `, what it printed below. Ids differ from run to run, and are put in. */
async function replay(session: ShellSession, block: Block, listed: string): Promise<string> {
  let id = listed
  const ids = new Map<string, string>()
  for (const entry of block.text.split(/^\$ /m).slice(1)) {
    const [command = '', ...lines] = entry.split('\n')
    const shown = lines.join('\n').trim()
    let text = command
    for (const [recorded, real] of ids) text = text.replaceAll(recorded, real)
    const step = {
      ...block,
      text: `${text}\n`,
      words: /^holdpoint (\w+s|history|show)\b/.test(text) ? ['again'] : [],
    }
    const ran = await run(session, step, step.text, { ...block, text: shown })
    if (!isAsShown(session, shown, ran.output)) mismatch(session, shown, ran.output)
    const recorded = firstListedId(shown)
    const real = firstListedId(ran.output)
    if (recorded && real) ids.set(recorded, real)
    id = real ?? id
  }
  return id
}

async function start(session: ShellSession, block: Block, text: string): Promise<void> {
  const word = wordOf(block, 'until')
  if (word !== 'held') return session.runInBackground(text, (log) => log.includes(word ?? ''))
  await session.runInBackground(text, () => true)
  await until('an action waits', async () => (await session.run(PENDING)).code === 0, {
    withinMs: AGAIN_WITHIN_MS,
  }).catch((error: Error) => {
    throw new Error(`${error.message}; the agent printed:\n${session.log()}`)
  })
}

async function run(session: ShellSession, block: Block, text: string, expected?: Block): Promise<Ran> {
  const wanted = Number(wordOf(block, 'exit') ?? 0)
  const once = async (): Promise<Ran> => {
    const ran = await session.run(text)
    if (ran.code !== wanted)
      throw new Error(`It ended with ${ran.code}, not ${wanted}:\n${text}\n${ran.output}`)
    return ran
  }
  if (!block.words.includes('again') || !expected) return once()
  let last: Ran | undefined
  await until(
    'it prints what the page shows',
    async () => {
      last = await once()
      return isAsShown(session, expected.text, last.output) || undefined
    },
    { withinMs: AGAIN_WITHIN_MS },
  ).catch(() => {}) // the block after this one says what differs
  return last ?? once()
}

/** `text output` is what the block above printed, `text log` what runs in the background did; other text is prose. */
async function checkText(session: ShellSession, block: Block, last: Ran): Promise<void> {
  if (block.words.includes('log')) {
    await until(
      'the log has it',
      () => isAsShown(session, `…\n${block.text}…\n`, session.log()) || undefined,
      {
        withinMs: AGAIN_WITHIN_MS,
      },
    ).catch(() => mismatch(session, block.text, session.log()))
  } else if (block.words.includes('output') && !isAsShown(session, block.text, last.output))
    mismatch(session, block.text, last.output)
}

function mismatch(session: ShellSession, shown: string, printed: string): never {
  throw new Error(`The page shows\n${session.alike(shown)}\nand it printed\n${session.alike(printed)}`)
}

function isAsShown(session: ShellSession, shown: string, printed: string): boolean {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = session
    .alike(shown)
    .split('\n')
    .map((line) => (line === ELLIPSIS ? '(?:.*\\n)*?' : `${literal(line)}\\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(`${session.alike(printed)}\n`)
}

/** `<id>` on a page means an id from the listing above it: here the one in its first row. */
const firstListedId = (output: string): string | undefined =>
  /^ID {2}.*\n([0-9a-f]{8}) /m.exec(output)?.[1] ?? undefined

/** What is wrong with a request that a page shows, or undefined. */
export function problemWithJson({ text, words: [kind = ''] }: Block): string | undefined {
  const value: unknown = JSON.parse(text)
  const schemas = [agentRequests, operatorRequests, { handshake, progress }].flatMap((all) =>
    Object.hasOwn(all, kind) ? [all[kind as keyof typeof all]] : [],
  ) as { safeParse(value: unknown): { success: boolean; error?: { message: string } } }[]
  if (kind === 'example') return undefined
  if (schemas.length === 0) return `"${kind}" names no request`
  const results = schemas.map((schema) => schema.safeParse(value))
  return results.some(({ success }) => success) ? undefined : results[0]?.error?.message
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

/** The type errors of snippets, each taken as a file of its own beside the examples. */
export function typeErrors(blocks: readonly Block[]): readonly string[] {
  const files = new Map(blocks.map((block, i) => [join(ROOT, 'examples', 'src', `snippet-${i}.ts`), block]))
  const host = ts.createCompilerHost(OPTIONS)
  const { getSourceFile, fileExists, readFile } = host
  host.getSourceFile = (name, ...rest) => {
    const block = files.get(name)
    return block
      ? ts.createSourceFile(name, block.text, {
          languageVersion: ts.ScriptTarget.ES2022,
          impliedNodeFormat: ts.ModuleKind.ESNext,
        })
      : getSourceFile.call(host, name, ...rest)
  }
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name)
  host.readFile = (name) => files.get(name)?.text ?? readFile.call(host, name)
  const program = ts.createProgram([...files.keys()], OPTIONS, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
    const block = file && files.get(file.fileName)
    const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    return `${block?.page}:${(block?.line ?? 0) + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
