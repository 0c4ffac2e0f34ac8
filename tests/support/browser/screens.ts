/** The screens that pages are looked at on. */
import type { ViewportSize } from 'playwright-core';

export const DESK: ViewportSize = { width: 1280, height: 800 };
export const PHONE: ViewportSize = { width: 390, height: 844 };
