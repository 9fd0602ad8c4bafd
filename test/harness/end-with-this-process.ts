import { type ChildProcess, spawn } from 'node:child_process'

/** Also where this process is killed itself: a shell waits for the end of its input, which only that brings. */
export function endWithThisProcess(child: ChildProcess): void {
  const guard = spawn('sh', ['-c', 'read -r _; kill -9 "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.once('exit', () => guard.kill('SIGKILL'))
}
