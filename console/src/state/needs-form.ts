import type { ApprovalDetail, ApprovalView } from '@holdpoint/shared'
import { isGrave } from '../model/risk.ts'
import { approve, form, isFactorAsked } from './decide.ts'
import { policy } from './live.ts'
import { cursor } from './queue.ts'

/** Whether releasing it takes a second factor: by its level, by a rule of its own, or by what the server said of it. */
export const needsFactor = (view: ApprovalView, args?: unknown): boolean =>
  view.factor === true || (policy.value?.levels[view.level].factor ?? false) || isFactorAsked(view.id, args)

/** Whether releasing it takes more than one press: something to type, or a second factor. */
export const needsForm = (view: ApprovalView, args?: unknown): boolean =>
  isGrave(view) || needsFactor(view, args)

/** Begins to release what the card shows: at once, or by opening the form that it takes. */
export function beginApprove(detail: ApprovalDetail): void {
  if (needsForm(detail)) form.value = 'approve'
  else
    void approve(detail).then((done) => {
      if (!done && needsForm(detail) && cursor.peek() === detail.id) form.value = 'approve'
    })
}
