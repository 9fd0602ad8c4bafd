/**
 * Commits without end, as many at once as the second argument says, and reports each commit once it was acknowledged: `<agent> <version>` per line.
 * The third argument says what the disk is careless with, if anything; the fourth how large an event is, bytes.
 * Standard output is a pipe, which Node writes to synchronously: what was acknowledged was reported, or is not known.
 */
import { openEmbeddedStore, systemClock } from '@holdpoint/server'
import { unflushedDatabase, unflushedDisk } from '../../harness/careless-disks.ts'

const [folder = '', agents = '32', careless = '', size = '0'] = process.argv.slice(2)
const disk = { unflushed: unflushedDisk, 'unflushed-database': unflushedDatabase }[careless]
const padding = 'x'.repeat(Number(size))
const store = await openEmbeddedStore({ folder, clock: systemClock, pid: process.pid, ...(disk && { disk }) })

async function work(agent: string): Promise<never> {
  const ref = { tenant: 'acme', kind: 'agent', id: agent } as const
  let { version } = await store.load(ref)
  for (;;) {
    const next = version + 1
    const result = await store.commit({
      ref,
      expectedVersion: version,
      at: store.now(),
      doc: { step: next, padding: 'x'.repeat(300) },
      events: [{ type: 'agent.stepped', agent, data: { step: next, padding } }],
      remember: {
        command: { principal: agent, key: `step-${next}` },
        fingerprint: '',
        answer: next,
        retain: { holder: agent },
      },
    })
    if (result.status !== 'committed') throw new Error(`unexpected: ${result.status}`)
    version = result.version
    console.log(`${agent} ${version}`)
  }
}

await Promise.all(Array.from({ length: Number(agents) }, (_, n) => work(`agent-${n}`)))
