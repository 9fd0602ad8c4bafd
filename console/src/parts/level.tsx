import type { ApprovalLevel } from '@holdpoint/shared'

const WORDS: Readonly<Record<ApprovalLevel, string>> = {
  none: 'none',
  notify: 'notify',
  review: 'review',
  required: 'required',
  required_2fa: '2nd factor',
  admin_only: 'admin only',
}

export const Level = ({ level }: { readonly level: ApprovalLevel }) => (
  <span class={`level ${level}`} title={`approval level ${level}`}>
    {WORDS[level]}
  </span>
)
