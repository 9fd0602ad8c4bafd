import { spawnSync } from 'node:child_process'

/**
 * Sees to a program that a test needs: installs Debian's package where it may, and otherwise throws a sentence that
 * says what to install. A test that went without it would prove nothing and say nothing.
 */
export function needProgram(program: string, debianPackage = program): void {
  if (runs(program)) return
  if (process.getuid?.() === 0 && runs('apt-get')) {
    const quiet = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
    spawnSync('apt-get', ['update'], quiet)
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], quiet)
    if (runs(program)) return
  }
  throw new Error(
    `This test needs ${program}: install it (Debian and Ubuntu: "sudo apt-get install ${debianPackage}"), then run the tests again.`,
  )
}

/** Whether the program is there. */
export const runs = (program: string): boolean =>
  spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
