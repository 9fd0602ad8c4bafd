import type { ApprovalDetail } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { approvalLines, argsBeginning } from './details.ts'

const canonical = (args: unknown) => JSON.stringify({ action: 'pay', args })

it('shows the arguments of a line whole, and only the beginning of what no line has room for', () => {
  expect(argsBeginning(canonical({ to: 'an\u202Ea' }))).toBe('{"to":"an⟨U+202E⟩a"}')
  for (const before of ['', 'x']) {
    const shown = argsBeginning(canonical({ a: before + '東🙂'.repeat(16_000) }))
    expect(shown).toMatch(/^\{"a":"x?(東🙂)+東?…$/)
    expect(shown.length).toBeLessThan(5_000)
  }
})

it('[AP9] says what may have run already, and under which approval', () => {
  const detail = {
    id: 'two',
    revision: 1,
    agent: 'bot',
    action: 'pay',
    class: 'external_api',
    level: 'review',
    rules: ['begun_before'],
    policyVersion: '1',
    status: 'pending',
    held: false,
    trust: 0.5,
    autonomy: 'supervised',
    digest: 'sha256:00',
    canonical: canonical({}),
    stages: { queued: { at: '2026-01-05T09:00:00.000Z' } },
  } as unknown as ApprovalDetail
  expect(approvalLines(detail).join('\n')).not.toContain('ALREADY')
  const lines = approvalLines({ ...detail, begunBefore: { id: 'one', at: '2026-01-05T08:00:00.000Z' } })
  expect(lines.join('\n')).toMatch(/MAY HAVE RUN ALREADY: .*2026-01-05T08:00:00.000Z.*\n.*holdpoint show one/)
  const ended = (more: object) =>
    approvalLines({
      ...detail,
      begunBefore: {
        id: 'one',
        at: '2026-01-05T08:00:00.000Z',
        ended: { at: '2026-01-05T09:00:00.000Z', ...more },
      },
    }).join('\n')
  expect(ended({ outcome: 'success' })).toMatch(/HAS RUN ALREADY: .*show one.* success 2026-01-05T09/)
  expect(ended({ outcome: 'failure' })).toMatch(/FAILED BEFORE: .* failure 2026-01-05T09/)
  expect(ended({ by: 'ana', ticket: 't-1' })).toMatch(/BEGUN BEFORE: .*ana found out .*show t-1/)
  for (const more of [{ outcome: 'success' }, { by: 'ana' }]) expect(ended(more)).not.toContain('MAY HAVE')
})
