import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needProgram } from './need-program.ts'

/** A folder with a quota: a btrfs of its own in a file. Its kernel says EDQUOT to everybody, root as well. */
export interface QuotaDisk extends Disposable {
  readonly folder: string
  /** So much more than is used now may be; undefined: as much as there is. */
  allow(more: number | undefined): void
}

/** Large enough for every test. Unit: bytes. */
const SIZE = 512 * 2 ** 20

/** Undefined where this user or this kernel can't; who asked must say so where people see it. */
export function quotaDisk(): QuotaDisk | undefined {
  const place = mkdtempSync(join(tmpdir(), 'holdpoint-quota-'))
  const image = join(place, 'image')
  const mounted = join(place, 'mounted')
  const folder = join(mounted, 'limited')
  const give = (): void => rmSync(place, { recursive: true, force: true })
  try {
    needProgram('mkfs.btrfs', 'btrfs-progs')
    mkdirSync(mounted)
    writeFileSync(image, '')
    truncateSync(image, SIZE)
    run('mkfs.btrfs', '-q', image)
    run('mount', '-t', 'btrfs', '-o', 'loop', image, mounted)
  } catch {
    give()
    return undefined
  }
  run('btrfs', 'quota', 'enable', mounted)
  run('btrfs', 'subvolume', 'create', folder)
  return {
    folder,
    allow(more) {
      run('btrfs', 'filesystem', 'sync', mounted)
      const { id, bytes } = usage(folder)
      // through the folder above: to give it more room takes room
      run('btrfs', 'qgroup', 'limit', more === undefined ? 'none' : String(bytes + more), id, mounted)
    },
    [Symbol.dispose]() {
      run('umount', mounted)
      give()
    },
  }
}

function usage(folder: string): { readonly id: string; readonly bytes: number } {
  const shown = run('btrfs', 'qgroup', 'show', '--raw', '-f', folder)
  const [, id = '', bytes] = /^(0\/\d+)\s+(\d+)/m.exec(shown) ?? []
  return { id, bytes: Number(bytes) }
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
