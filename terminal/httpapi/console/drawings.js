// The drawings, on a ground of 24 by 24.

const ring = "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0";

export const drawings = {
  ok: `${ring}M8 12.5l2.7 2.7L16 9.5`,
  error: `${ring}M9 9l6 6m0-6-6 6`,
  info: `${ring}M12 11v5.5M12 7.6v.1`,
  warn: "M12 4 2.8 19.5h18.4zM12 10v4.5m0 2.4v.1",
  close: "M6 6l12 12M18 6 6 18",
  card: "M4.5 5h15a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2zM6 9h4.5v4H6zM14 10h4.5M14 13h4.5M6 16h6",
  reader: "M6 10h12a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2zM7.5 10V4h9v6M8 15.5h8",
  waves: "M6 8.5c1.8 2 1.8 5 0 7M10 6c3 3.4 3 8.6 0 12M14 3.5c4.3 4.8 4.3 12.2 0 17",
  person: "M16 8.5a4 4 0 1 1-8 0 4 4 0 0 1 8 0M4.5 20c.8-4 3.7-6 7.5-6s6.7 2 7.5 6",
  theme: `${ring}M12 5v14M12 8h5.5M12 12h6M12 16h5.5`,
};
