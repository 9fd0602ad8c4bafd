import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Child extends AsyncDisposable {
  readonly pid: number
  /** Every line so far. */
  readonly lines: readonly string[]
  firstLine(): Promise<string>
  /** SIGKILL: no chance to clean up. Resolves once it is gone and all that it wrote has been read. */
  kill(): Promise<void>
}

/** The compiled twin of a program in `test/contract/children`; `npx tsc -b` comes first. */
export const compiled = (source: URL): string =>
  fileURLToPath(source).replace(/([\\/])test([\\/]contract[\\/].+)\.ts$/, '$1test$1dist$2.js')

/** Starts the compiled twin of `source` in a process of its own. */
export function startChild(source: URL, ...args: string[]): Child {
  const program = compiled(source)
  const child: ChildProcess = spawn(process.execPath, [program, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  if (!child.stdout || child.pid === undefined) throw new Error(`could not start ${program}`)
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  const first = once(reader, 'line').then(([line]) => String(line))
  const closed = once(child, 'close')
  reader.on('line', (line) => lines.push(line))

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await closed
  }
  return {
    pid: child.pid,
    lines,
    firstLine: () =>
      Promise.race([
        first,
        closed.then(([code]) => {
          throw new Error(`${program} ended with ${code} before it said anything`)
        }),
      ]),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
