import type { TargetedKeyboardEvent } from 'preact'

/** As `onKeyDown` of a text: Enter sends its form, and with Shift begins another line. Of nothing written nothing is sent. */
export function sendOnEnter(event: TargetedKeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  if (event.currentTarget.value.trim() !== '') event.currentTarget.form?.requestSubmit()
}
