import type { ApprovalDetail, ApprovalView } from '@holdpoint/shared'
import { isGrave } from '../model/risk.ts'
import { approve, form } from './decide.ts'
import { policy } from './live.ts'

/** Whether releasing it takes a second factor: by its level, or by a rule of its own. */
export const needsFactor = (view: ApprovalView): boolean =>
  view.factor === true || (policy.value?.levels[view.level].factor ?? false)

/** Whether releasing it takes more than one press: something to type, or a second factor. */
export const needsForm = (view: ApprovalView): boolean => isGrave(view) || needsFactor(view)

/** Begins to release what the card shows: at once, or by opening the form that it takes. */
export function beginApprove(detail: ApprovalDetail): void {
  if (needsForm(detail)) form.value = 'approve'
  else void approve(detail)
}
