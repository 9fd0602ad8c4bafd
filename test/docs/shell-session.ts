import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../harness/free-port.ts'
import { until } from '../harness/until.ts'
import { ROOT } from './pages.ts'

/** What a block printed, on both streams, and how it ended. */
export interface Ran {
  readonly code: number
  readonly output: string
}

/** One shell in a folder that looks like a built clone, with the port and the data folder to itself. */
export interface ShellSession extends AsyncDisposable {
  readonly folder: string
  /** Writes a file that a page says to write. */
  write(path: string, text: string): void
  run(text: string): Promise<Ran>
  /** Leaves it running; `isUp` looks at what it has printed so far. */
  runInBackground(text: string, isUp: (log: string) => boolean): Promise<void>
  /** What the last one in the background has printed so far. */
  log(): string
  /** The text with everything that differs from run to run put alike. */
  alike(text: string): string
}

/** Pages name the default port; each session has its own. */
const PAGE_PORT = '7411'
/** What the page's own shell would have, and what must not leak into it. */
const KEPT = ['PATH', 'HOME', 'LANG', 'TMPDIR']
const WITHIN_MS = 60_000

export async function shellSession(): Promise<ShellSession> {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-docs-'))
  imitateClone(folder)
  const scratch = mkdtempSync(join(tmpdir(), 'holdpoint-docs-shell-'))
  const port = String(await freePort())
  const env = Object.fromEntries(
    KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
  const shell = spawn('bash', ['--norc', '--noprofile', '-O', 'expand_aliases'], {
    cwd: folder,
    // the defaults of a reader's machine, on a port of our own
    env: { ...env, HOLDPOINT_PORT: port, HOLDPOINT_URL: `http://127.0.0.1:${port}`, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
    // a group of its own, so that whatever it started ends with it
    detached: true,
  })
  // the first command that fails counts, wherever in the block it stands
  shell.stdin.write(`set -o pipefail; trap 'code=$?; [ "$failed" != 0 ] || failed=$code' ERR\n`)
  let told = ''
  shell.stdout.on('data', (chunk) => {
    told += chunk
  })
  let count = 0
  let background: string | undefined

  /** A file rather than standard input, so that no command can swallow the next one. */
  const prepare = (text: string): { readonly file: string; readonly log: string } => {
    count += 1
    const file = join(scratch, `block-${count}.sh`)
    writeFileSync(file, text.replaceAll(PAGE_PORT, port))
    return { file, log: join(scratch, `block-${count}.log`) }
  }
  const read = (log: string): string => (existsSync(log) ? readFileSync(log, 'utf8') : '')

  return {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text.replaceAll(PAGE_PORT, port))
    },
    async run(text) {
      const { file, log } = prepare(text)
      const done = `done ${count} `
      shell.stdin.write(`failed=0; . '${file}' </dev/null >'${log}' 2>&1; echo "${done}$failed"\n`)
      const code = await until('the block has ended', () => codeAfter(told, done) ?? endedShell(shell, log), {
        withinMs: WITHIN_MS,
      })
      return { code: Number(code), output: read(log) }
    },
    async runInBackground(text, isUp) {
      const { file, log } = prepare(text)
      background = log
      shell.stdin.write(`( . '${file}' </dev/null >'${log}' 2>&1 ) &\n`)
      await until(`what runs in the background is up`, () => isUp(read(log)), { withinMs: WITHIN_MS }).catch(
        (error: Error) => {
          throw new Error(`${error.message}; it printed:\n${read(log)}`)
        },
      )
    },
    log: () => (background === undefined ? '' : read(background)),
    alike: (text) => alike(text.replaceAll(folder, '/clone').replaceAll(port, PAGE_PORT)),
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => shell.once('close', resolve))
      if (shell.exitCode === null && shell.pid) process.kill(-shell.pid, 'SIGKILL')
      await gone
      for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true })
    },
  }
}

function codeAfter(told: string, done: string): string | undefined {
  const from = told.indexOf(done)
  const end = told.indexOf('\n', from)
  return from < 0 || end < 0 ? undefined : told.slice(from + done.length, end)
}

function endedShell({ exitCode }: ChildProcess, log: string): undefined {
  if (exitCode !== null)
    throw new Error(`the shell ended with ${exitCode}; the block printed:\n${readFileSync(log)}`)
  return undefined
}

/** What a page makes itself, or must not reach. */
const NOT_LINKED = ['examples', '.git', 'holdpoint-data', 'demo-data']

/** The repository by links; `examples` is a folder of its own, since pages write agents into it. */
function imitateClone(folder: string): void {
  const link = (from: string, to: string): void => symlinkSync(join(ROOT, from), join(folder, to))
  for (const name of readdirSync(ROOT)) if (!NOT_LINKED.includes(name)) link(name, name)
  mkdirSync(join(folder, 'examples'))
  for (const name of readdirSync(join(ROOT, 'examples'))) link(join('examples', name), join('examples', name))
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g

function alike(text: string): string {
  return text
    .replaceAll(UUID, '<uuid>')
    .replaceAll(/sha256:[0-9a-f]{64}/g, '<digest>')
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, '<token>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
    .replaceAll(/(\d{4}-\d\d-\d\d )?\b\d\d:\d\d:\d\d\b/g, '<time>')
    .replaceAll(/\b\d+d \d+h\b|\b\d+h \d\dm\b|\b\d+m \d\ds\b|\b\d+s\b/g, '<left>')
    .replaceAll(/\b[0-9a-f]{8}\b/g, '<id>')
    .replaceAll(`local:${userInfo().username}`, 'local:<user>')
    .replaceAll(/local:[a-z]+/g, 'local:<user>')
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' ').trim())
    .join('\n')
    .trim()
}
