/// Leads, decisions, lists: how many, and how well founded.
extension KPIDefinition {
    static let casework: [KPIDefinition] = [
        KPIDefinition(
            "K01", "线索数", "leads received", "leads", .amount,
            """
            WITH seen AS (SELECT source, duplicate_of FROM lead WHERE recorded_at <= :asof AND received_at >= :start
                AND received_at < :end AND (:unit IS NULL OR unit = :unit))
            SELECT '' AS part, count(*) AS num, NULL AS den, count(*) AS n, NULL AS low, NULL AS high, NULL AS note
                FROM seen WHERE duplicate_of IS NULL
            UNION ALL SELECT 'duplicates', count(*), NULL, count(*), NULL, NULL, NULL
                FROM seen WHERE duplicate_of IS NOT NULL
            UNION ALL SELECT source, count(*), NULL, count(*), NULL, NULL, NULL
                FROM seen WHERE duplicate_of IS NULL GROUP BY source
            """),
        KPIDefinition(
            "K02", "按期研判率", "triage on time", "share", .share,
            """
            SELECT '' AS part, count(CASE WHEN left_detected_at < fell THEN 1 END) AS num, count(*) AS den,
                count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note
            FROM (SELECT left_detected_at, \(end(of: "triage_due")) AS fell FROM FACTS
                WHERE triage_due >= :firstday AND triage_due < :endday)
            """),
        KPIDefinition(
            "K03", "核查率", "verification rate", "share", .share,
            """
            SELECT '' AS part, count(CASE WHEN determined_at < :end THEN 1 END) AS num, count(*) AS den, count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note
            FROM FACTS WHERE assigned_at < :end
            """),
        KPIDefinition(
            "K04", "查实率", "field precision", "share", .share,
            """
            WITH found AS (SELECT standing FROM FACTS WHERE determined_at >= :start AND determined_at < :end)
            SELECT '' AS part, count(CASE WHEN standing = 'confirmed' THEN 1 END) AS num, count(*) AS den,
                count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note
                FROM found WHERE standing IN ('confirmed', 'excluded')
            UNION ALL SELECT 'exempt', count(*), NULL, count(*), NULL, NULL, NULL FROM found WHERE standing = 'exempt'
            """),
        KPIDefinition(
            "K05", "销号率", "closure rate", "share", .share,
            """
            SELECT '' AS part, count(CASE WHEN closed_at < :end THEN 1 END) AS num, count(*) AS den, count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note
            FROM FACTS WHERE standing = 'confirmed' AND confirmed_at < :end
            """),
        KPIDefinition(
            "K08", "退回率", "return rate", "share", .share,
            """
            SELECT '' AS part, count(CASE WHEN s.to_state = 'triaged' THEN 1 END) AS num,
                count(CASE WHEN s.to_state = 'assigned' THEN 1 END) AS den,
                count(CASE WHEN s.to_state = 'assigned' THEN 1 END) AS n, NULL AS low, NULL AS high, NULL AS note
            FROM STEPS s JOIN FACTS f ON f.case_id = s.case_id
            WHERE s.h >= :start AND s.h < :end AND (s.to_state = 'assigned'
                OR s.to_state = 'triaged' AND s.from_state IN ('assigned', 'accepted'))
            """),
        KPIDefinition(
            "K09", "死灰复燃率", "recurrence", "share", .share,
            """
            SELECT '' AS part, count(CASE WHEN successor_at - closed_at <= 15552000000000000 THEN 1 END) AS num,
                count(*) AS den, count(*) AS n, NULL AS low, NULL AS high, NULL AS note
            FROM FACTS WHERE closed_at <= :upto - 15552000000000000
            """),
        KPIDefinition(
            "K10", "回头看完成率", "look-back done", "share", .share,
            """
            WITH s AS MATERIALIZED (SELECT seq, case_id, from_state, to_state, h, due FROM STEPS
                    WHERE to_state IN ('closed', 'lookback', 'archived', 'recurred')
                        AND case_id IN (SELECT case_id FROM FACTS)),
                ordered AS (SELECT *, lead(to_state) OVER w AS t1, lead(due) OVER w AS due1,
                    lead(to_state, 2) OVER w AS t2, lead(h, 2) OVER w AS h2
                    FROM s WINDOW w AS (PARTITION BY case_id ORDER BY seq)),
                round AS (SELECT CASE WHEN t1 = 'lookback' THEN due1 ELSE due END AS due,
                    CASE WHEN t1 = 'lookback' THEN h2 END AS done, t1
                    FROM ordered WHERE to_state = 'closed' AND due IS NOT NULL)
            SELECT '' AS part, count(CASE WHEN done < fell THEN 1 END) AS num, count(*) AS den, count(*) AS n,
                NULL AS low, NULL AS high, NULL AS note
            FROM (SELECT done, \(end(of: "due")) AS fell FROM round
                WHERE due >= :firstday AND due < :endday AND t1 IS NOT 'recurred')
            """),
        KPIDefinition(
            "K19", "线索质量", "source quality", "share", .share,
            """
            SELECT l.source AS part, count(CASE WHEN f.standing = 'confirmed' THEN 1 END) AS num, count(*) AS den,
                count(*) AS n, NULL AS low, NULL AS high, CASE WHEN count(*) < 5 THEN 'hidden' END AS note
            FROM lead l JOIN lead_case c ON c.lead = l.id
                AND c.recorded_at <= :asof JOIN FACTS f ON f.case_id = c.case_id
            WHERE l.recorded_at <= :asof AND l.duplicate_of IS NULL AND f.determined_at >= :start
                AND f.determined_at < :end AND f.standing IN ('confirmed', 'excluded')
            GROUP BY l.source ORDER BY l.source
            """),
        KPIDefinition(
            "K20", "移送反馈率", "handovers", "share", .share,
            """
            WITH sent AS MATERIALIZED (
                SELECT h.sent_at, r.replied_at FROM handover h JOIN FACTS f ON f.case_id = h.case_id
                    LEFT JOIN handover_reply r ON r.handover = h.id AND r.recorded_at <= :asof
                WHERE h.recorded_at <= :asof AND h.due >= :firstday AND h.due < :endday),
                days AS (SELECT (replied_at - sent_at) / 86400e9 AS d,
                    row_number() OVER (ORDER BY replied_at - sent_at) AS i,
                    count(*) OVER () AS c FROM sent WHERE replied_at IS NOT NULL)
            SELECT '' AS part, count(replied_at) AS num, count(*) AS den, count(*) AS n, NULL AS low, NULL AS high,
                NULL AS note FROM sent
            UNION ALL SELECT 'median-days', avg(d), NULL, coalesce(max(c), 0), NULL, NULL, NULL
                FROM days WHERE i IN ((c + 1) / 2, (c + 2) / 2)
            """),
        KPIDefinition(
            "K21", "新增/存量", "new and existing", "cases", .amount,
            """
            WITH found AS MATERIALIZED (SELECT coalesce(class_a1, 'undetermined') AS a1,
                    coalesce(class_a2, 'undetermined') AS a2, count(*) AS c
                    FROM FACTS WHERE standing = 'confirmed' AND confirmed_at < :end GROUP BY class_a1, class_a2)
            SELECT '' AS part, coalesce(sum(c), 0) AS num, NULL AS den, coalesce(sum(c), 0) AS n, NULL AS low,
                NULL AS high,
                NULL AS note FROM found
            UNION ALL SELECT 'A1:' || a1, sum(c), NULL, sum(c), NULL, NULL, NULL FROM found GROUP BY a1
            UNION ALL SELECT 'A2:' || a2, sum(c), NULL, sum(c), NULL, NULL, NULL FROM found GROUP BY a2
            """),
        KPIDefinition(
            "K22", "名单清零率", "lists cleared", "share", .share,
            """
            WITH item AS MATERIALIZED (
                SELECT i.list, f.state IN ('closed', 'archived', 'excluded', 'exempt', 'lookback') AS settled
                FROM list_item i JOIN FACTS f ON f.case_id = i.case_id
                WHERE i.recorded_at <= :asof AND f.state <> 'void')
            SELECT '' AS part, coalesce(sum(settled), 0) AS num, count(*) AS den, count(*) AS n, NULL AS low,
                NULL AS high,
                NULL AS note FROM item
            UNION ALL SELECT list, sum(settled), count(*), count(*), NULL, NULL, NULL FROM item GROUP BY list
            """),
    ]
}
