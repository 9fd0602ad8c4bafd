import { spawnSync } from 'node:child_process'

/**
 * Sees to a program that a test needs: installs Debian's package where it may, and otherwise throws a sentence that
 * says what to install. A test that went without it would prove nothing and say nothing.
 */
export function needProgram(program: string, debianPackage = program): void {
  need(program, () => runs(program), [debianPackage])
}

/** The same for a Python that can speak Socket.IO: the one on the path or, as Debian's packages are for, the system's own. */
export function needPythonSocketIo(): void {
  const imports = (python: string) =>
    spawnSync(python, ['-c', 'import socketio, aiohttp'], { stdio: 'ignore' }).status === 0
  need('Python with python-socketio', () => ['python3', '/usr/bin/python3'].some(imports), [
    'python3-socketio',
    'python3-aiohttp',
  ])
}

/** Whether the program is there. */
export const runs = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

function need(what: string, isThere: () => boolean, debianPackages: readonly string[]): void {
  if (isThere()) return
  if (process.getuid?.() === 0 && runs('apt-get')) {
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    spawnSync('apt-get', ['update'], quiet)
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...debianPackages], quiet)
    if (isThere()) return
  }
  throw new Error(
    `This test needs ${what}: install it (Debian and Ubuntu: "sudo apt-get install ${debianPackages.join(' ')}"), then run the tests again.`,
  )
}
