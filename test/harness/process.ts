import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A process of our own, ended by its id and never by its name. */
export interface Process extends AsyncDisposable {
  readonly pid: number
  readonly child: ChildProcess
  /** Resolves once it is gone, with its code or the signal that ended it. */
  readonly gone: Promise<number | NodeJS.Signals>
  readonly isGone: boolean
  /** The last of what it wrote to standard error. */
  errors(): string
  /** The last of what it wrote to standard output. */
  output(): string
  /** SIGKILL: no chance to clean up. Resolves once it is gone. */
  kill(): Promise<void>
}

export interface ProcessOptions {
  /** What goes before the program: `['--import', …]`. */
  readonly nodeArguments?: readonly string[]
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** A core to stay on, where the system can (`taskset`). */
  readonly core?: number | undefined
}

const KEPT = 16_384

/** Starts a compiled program with an IPC channel; dies with this process where nothing else ends it. */
export function startProcess(program: string, options: ProcessOptions = {}): Process {
  const { nodeArguments = [], args = [], env = {}, core } = options
  const node = [process.execPath, ...nodeArguments, program, ...args]
  const command = core === undefined ? node : ['taskset', '-c', String(core), ...node]
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  })
  if (child.pid === undefined) throw new Error(`could not start ${program}`)
  let errors = ''
  let output = ''
  child.stderr?.on('data', (chunk) => {
    errors = `${errors}${chunk}`.slice(-KEPT)
  })
  child.stdout?.on('data', (chunk) => {
    output = `${output}${chunk}`.slice(-KEPT)
  })
  let isGone = false
  const gone = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const dieToo = (): void => void child.kill('SIGKILL')
  process.once('exit', dieToo)
  child.once('exit', () => {
    isGone = true
    process.off('exit', dieToo)
  })
  // A child that dies while it is written to must not take this process down.
  child.on('error', () => {})

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await gone
  }
  return {
    pid: child.pid,
    child,
    gone,
    get isGone() {
      return isGone
    },
    errors: () => errors,
    output: () => output,
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
