/**
 * What the other scripts share: steps that print one line, and programs that run quietly or in the open.
 * Nothing is installed when these start, so they use Node alone.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository, wherever the script was called from. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

const TAIL_LINES = 60

/** What stops a script: one sentence for the reader, and the log that led there. */
export class Failure extends Error {
  constructor(sentence, { log = '', code = 1 } = {}) {
    super(sentence)
    this.log = log
    this.code = code
  }
}

/** Path of an installed tool's program, to be run by this Node. */
export const tool = (path) => join(ROOT, 'node_modules', path)

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`

const CLEAR_LINE = '\r\u001b[2K'

/**
 * Runs `work`: prints what is being `doing`, before it, and its `name` with its seconds, once it has succeeded. The first build takes
 * a minute or more, so it says in between that it goes on: in the same line of a terminal, each second, else in a new one now and then.
 *
 * @param {string} name
 * @param {string} doing
 * @param {() => Promise<any>} work
 * @param {{ out?: { isTTY?: boolean, write(text: string): unknown }, everyMs?: number }} options
 */
export async function step(name, doing, work, options = {}) {
  const { out = process.stdout } = options
  const { everyMs = out.isTTY ? 1_000 : 20_000 } = options
  const since = Date.now()
  const elapsed = () => `  ${doing} … ${Math.floor((Date.now() - since) / 1_000)} s`
  out.write(out.isTTY ? `  ${doing} …` : `  ${doing} …\n`)
  const timer = setInterval(
    () => out.write(out.isTTY ? `${CLEAR_LINE}${elapsed()}` : `${elapsed()}\n`),
    everyMs,
  )
  try {
    const result = await work()
    out.write(`${out.isTTY ? CLEAR_LINE : ''}✓ ${name} (${seconds(since)})\n`)
    return result
  } catch (error) {
    if (out.isTTY) out.write('\n')
    throw error
  } finally {
    clearInterval(timer)
  }
}

/** Runs `work` under a heading, its output in the open, and prints its seconds below. */
export async function section(name, work) {
  const since = Date.now()
  console.log(`\n── ${name}`)
  await work()
  console.log(`✓ ${name} (${seconds(since)})`)
}

/**
 * Starts a program in the repository's root and resolves with its exit code and, where it ran quietly, its log.
 * A signal that ends this script is passed on. An interrupt typed in a terminal reaches the program by itself,
 * and passing it on would count as a second one.
 */
export function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      shell: process.platform === 'win32' && ['npx', 'npm'].includes(command),
    })
    let log = ''
    const keep = (chunk) => {
      log += chunk
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)

    const passOn = (signal) => {
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, passOn)
    const done = (result) => {
      for (const signal of signals) process.off(signal, passOn)
      resolve({ log, ...result })
    }
    child.on('error', (error) => done({ code: 127, log: `${log}${error.message}\n` }))
    child.on('close', (code, signal) => done({ code: code ?? 128 + constants.signals[signal], signal }))
  })
}

/** Runs a program and throws `Failure` with the sentence where it does not succeed. */
export async function must(sentence, command, args, options) {
  const { code, log, signal } = await run(command, args, options)
  if (signal) throw new Failure(`Stopped by ${signal}.`, { code })
  if (code !== 0) throw new Failure(sentence, { log })
}

/** Runs a script's body; a `Failure` ends it with the log's tail, one sentence and a non-zero code. */
export async function main(body) {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const tail = error.log.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')
    if (tail) console.error(`\n${tail}`)
    console.error(`\n✗ ${error.message}`)
    process.exitCode = error.code
  }
}
