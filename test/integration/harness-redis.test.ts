import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { inContainer } from '../harness/redis-program.ts'
import { startRedisOf } from '../harness/redis-server.ts'

/** Stands in for a container engine: runs what it is told to on this machine, and signals it by the container's name. */
const ENGINE = `#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/asked"
case $1 in
  run)
    while [ "$1" != redis-server ]; do
      [ "$1" = --name ] && name=$2
      shift
    done
    shift
    echo $$ > "$here/$name"
    exec redis-server "$@" ;;
  kill) kill -9 "$(cat "$here/$4")" ;;
  pause) kill -STOP "$(cat "$here/$2")" ;;
  unpause) kill -CONT "$(cat "$here/$2")" ;;
esac
`

it('the tests use a Redis in a container where the machine has none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-engine-'))
  const engine = join(folder, 'engine')
  writeFileSync(engine, ENGINE)
  chmodSync(engine, 0o700)
  try {
    await using redis = await startRedisOf(inContainer(engine))
    await redis.send('SET', 'kept', 'yes')
    await redis.signal('SIGKILL')
    await redis.restart()
    expect(await redis.send('GET', 'kept')).toBe('yes')
    await redis.signal('SIGSTOP')
    const answer = redis.send('PING')
    await redis.signal('SIGCONT')
    expect(await answer).toBe('PONG')
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(
      /^run --rm --name holdpoint-test-redis-\d+ --network host --user \d+:\d+ --volume (\S+):\1 \S+redis:\S+ redis-server --port/,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
