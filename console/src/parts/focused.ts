/** As a `ref`: takes the focus once, when it appears. */
export function focused(element: HTMLElement | null): void {
  if (!element || element.dataset.focused) return
  element.dataset.focused = 'once'
  element.focus()
}
