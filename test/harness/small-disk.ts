import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own in memory, so small that it can be filled. */
export interface SmallDisk extends Disposable {
  readonly folder: string
  /** Fills it up to so many bytes, rounded to pages. */
  leave(bytes: number): void
  makeRoom(): void
  /** From here on nothing can be written, as on a disk that the kernel found faults on. Nobody may have a file of it open for writing. */
  makeReadOnly(): void
}

/** Undefined where this user may not mount one; who asked must say so where people see it. */
export function smallDisk(bytes: number): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-small-'))
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder)
  } catch {
    rmSync(folder, { recursive: true })
    return undefined
  }
  const filling = join(folder, 'filling')
  return {
    folder,
    leave(left) {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(filling, Buffer.alloc(Math.max(0, bavail * bsize - left)))
    },
    makeRoom: () => rmSync(filling, { force: true }),
    makeReadOnly: () => run('mount', '-o', 'remount,ro', folder),
    [Symbol.dispose]() {
      run('umount', folder)
      rmSync(folder, { recursive: true })
    },
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: 'ignore' })
}
