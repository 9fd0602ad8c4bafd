import { type ApprovalDetail, canonicalText, digestOf } from '@holdpoint/shared'
import { expect, it } from 'vitest'
import { verifyDetail } from './verify-detail.ts'

const canonical = canonicalText({ action: 'payment', args: { amount: 10 } })
const detail = { action: 'payment', canonical, digest: digestOf(canonical) } as ApprovalDetail

it('[AP9] accepts the bytes that their digest names', () => {
  expect(() => verifyDetail(detail)).not.toThrow()
})

it.each([
  ['other arguments', { canonical: canonical.replace('10', '99') }],
  ['another action', { action: 'read_file' }],
  ['other bytes than first asked for', { askedCanonical: '{}', askedDigest: detail.digest }],
])('[AP9] refuses %s', (_what, changed) => {
  expect(() => verifyDetail({ ...detail, ...changed } as ApprovalDetail)).toThrow(/do not decide/)
})
