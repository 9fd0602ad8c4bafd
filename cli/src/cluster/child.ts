import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { SECOND } from '@holdpoint/shared'

/** A process of the cluster. */
export interface Child {
  readonly pid: number
  readonly isGone: boolean
  /** Resolves once it is gone, with how: `exit code 1`, `SIGKILL`. */
  readonly gone: Promise<string>
  /** SIGTERM, and SIGKILL where it is still there after `withinMs`. */
  end(withinMs?: number): Promise<void>
}

export interface ChildOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly folder: string
  /** What it prints is added there. */
  readonly log: string
  readonly env?: Readonly<Record<string, string>>
  /** What it reads from its standard input. */
  readonly input?: string
}

const END_WITHIN_MS = 15 * SECOND

/** Throws with the system's error where the program can't be started: ENOENT where there is none. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { program, args, folder, log, env = {}, input } = options
  const file = openSync(log, 'a', 0o600)
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    // A group of its own: a Ctrl-C typed in the terminal is for this program, which ends the others in their order.
    detached: true,
    stdio: [input === undefined ? 'ignore' : 'pipe', file, file],
  })
  closeSync(file)
  await once(child, 'spawn')
  const pid = child.pid as number
  endWithThisProcess(child, pid)
  child.stdin?.on('error', () => {})
  child.stdin?.end(input)
  let isGone = false
  const gone = once(child, 'exit').then(([code, signal]) => {
    isGone = true
    return signal === null ? `exit code ${code}` : String(signal)
  })
  return {
    pid,
    gone,
    get isGone() {
      return isGone
    },
    async end(withinMs = END_WITHIN_MS) {
      if (isGone) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
      await gone
      clearTimeout(timer)
    },
  }
}

/** Also where this process is killed itself: a shell waits for the end of its input, which only that brings. */
function endWithThisProcess(child: ChildProcess, pid: number): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill -9 "$0"', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => {})
  child.once('exit', () => guard.kill('SIGKILL'))
}
