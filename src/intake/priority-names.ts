import { phrasesOf } from './phrases.js';

/** The usual names of priorities at help desks, as their vendors and their users write them. */

export const namesOfPriorities = {
  critical: phrasesOf(`
    critical, urgent, very urgent, emergency, asap, blocker, immediate, highest, very high, showstopper, severe, disaster
    kritisch, dringend, dringlich, sehr dringend, sehr hoch, höchste, sofort, notfall
    critique, urgent, urgente, très urgent, très élevée, très haute, immédiate, bloquant, bloquante
    crítica, crítico, muy urgente, muy alta, inmediata, emergencia
    muito alta, muito urgente, urgência, imediata, emergência
    critica, critico, urgentissimo, molto alta, altissima, immediata, emergenza
    kritiek, zeer hoog, spoed, hoogste, onmiddellijk
    krytyczny, krytyczna, krytyczne, pilny, pilna, pilne, bardzo wysoki, najwyższy
    kritisk, brådskande, akut, omedelbar, haster, øyeblikkelig, presserende, kriittinen, kiireellinen
    kritická, kritický, naléhavá, urgentní, velmi vysoká, nejvyšší, okamžitá, súrne
    kritikus, sürgős, azonnali, critică, foarte urgent, urgentă, imediată
    критический, критичный, срочный, срочно, неотложный, наивысший, очень высокий, критичний, терміновий
    κρίσιμη, επείγον, επείγουσα, kritik, acil, çok yüksek, حرجة, عاجل, دחוף, דחוף, קריטי
    紧急, 緊急, 危急, 严重, 最高, 非常高, 至急, 重大, 긴급, 매우 높음, 심각, khẩn cấp, mendesak, darurat, ด่วน, ด่วนที่สุด
  `),
  high: phrasesOf(`
    high, major, important, elevated, serious, high priority
    hoch, wichtig, eilig, hohe, erhöht, schwerwiegend
    haute, élevée, élevé, importante, majeure, majeur, alta, alto, mayor, elevada, maior, elevata
    hoog, belangrijk, wysoki, wysoka, wysokie, ważny, ważne, hög, høj, høy, viktig, vigtig, korkea, tärkeä
    vysoká, vysoký, důležitá, magas, fontos, ridicat, ridicată, mare, высокий, высокая, важный, високий, висока
    υψηλή, yüksek, önemli, عالية, عالي, مرتفع, גבוה, גבוהה
    高, 较高, 重要, 高い, 높음, 중요, cao, tinggi, สูง
  `),
  medium: phrasesOf(`
    medium, normal, moderate, standard, average, default, regular, routine, mid, middle
    mittel, mittlere, üblich, moyenne, moyen, normale, modérée, media, medio, moderada, estándar, média, médio, normaal
    gemiddeld, middel, średni, średnia, średnie, normalny, normalna, medel, mellan, middels, normaali, keskitaso
    střední, normální, stredná, közepes, normál, mediu, medie, normală, средний, средняя, обычный, нормальный, середній
    звичайний, μεσαία, κανονική, orta, متوسطة, متوسط, عادي, בינוני, רגיל
    中, 中等, 普通, 一般, 正常, 中程度, 通常, 보통, 중간, trung bình, bình thường, sedang, biasa, ปานกลาง, ปกติ
  `),
  low: phrasesOf(`
    low, lowest, very low, minor, trivial, planning, planned, minimal, not urgent, non urgent, can wait, nice to have
    niedrig, gering, niedrige, sehr niedrig, niedrigste, unwichtig, nicht dringend, kann warten
    basse, faible, bas, mineure, mineur, très basse, très faible, pas urgent, non urgente
    baja, bajo, muy baja, menor, no urgente, baixa, baixo, muito baixa, bassa, basso, molto bassa, minore
    laag, zeer laag, niet dringend, niski, niska, niskie, bardzo niski, låg, lav, matala, alhainen, mycket låg
    nízká, nízký, nízka, velmi nízká, alacsony, scăzută, scăzut, mică, низкий, низкая, очень низкий, несрочный, низький
    χαμηλή, düşük, منخفضة, منخفض, נמוך, נמוכה
    低, 较低, 低い, 最低, 낮음, thấp, rendah, ต่ำ
  `),
} as const;
