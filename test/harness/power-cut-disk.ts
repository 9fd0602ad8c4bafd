import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk whose power can be cut: an ext4 of its own in a file, mounted over a loop device. */
export interface PowerCutDisk extends AsyncDisposable {
  readonly folder: string
  /** From here on nothing reaches the disk any more, and what was not flushed never did. */
  cut(): void
  /** Power is back: the journal is replayed, and `folder` shows what the disk holds. Whoever used it is gone by now. */
  restore(): void
}

/** Large enough for the log of a few minutes. Unit: bytes. */
const SIZE = 512 * 2 ** 20
/** `EXT4_IOC_SHUTDOWN`, `_IOR('X', 125, __u32)`; Linux, fs/ext4/ext4.h. */
const EXT4_IOC_SHUTDOWN = 0x8004587d
/** `EXT4_GOING_FLAGS_NOLOGFLUSH`: neither data nor the journal is flushed first. */
const NO_LOG_FLUSH = 2

/** Throws CannotCutPower where this user or this kernel can't. */
export function powerCutDisk(): PowerCutDisk {
  const place = mkdtempSync(join(tmpdir(), 'holdpoint-disk-'))
  const image = join(place, 'image')
  const folder = join(place, 'mounted')
  const mount = (): void => run('mount', '-t', 'ext4', '-o', 'loop', image, folder)
  try {
    mkdirSync(folder)
    writeFileSync(image, '')
    truncateSync(image, SIZE)
    run('mkfs.ext4', '-q', '-F', image)
    mount()
  } catch (error) {
    rmSync(place, { recursive: true, force: true })
    throw new CannotCutPower(
      `No power was cut, so nothing is proved here about a disk that loses what was not flushed: that needs root, loop devices and ext4. (${(error as Error).message.trim()})`,
      { cause: error },
    )
  }
  return {
    folder,
    cut: () =>
      run(
        'perl',
        '-e',
        'open(my $fs, "<", $ARGV[0]) or die $!; ioctl($fs, $ARGV[1], pack("L", $ARGV[2])) or die $!',
        folder,
        String(EXT4_IOC_SHUTDOWN),
        String(NO_LOG_FLUSH),
      ),
    restore() {
      run('umount', folder)
      mount()
    },
    async [Symbol.asyncDispose]() {
      run('umount', folder)
      rmSync(place, { recursive: true, force: true })
    },
  }
}

/** Whoever asked for it must say so where people see it. */
export class CannotCutPower extends Error {
  override readonly name = 'CannotCutPower'
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
