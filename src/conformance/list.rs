//! The list of all cases, and what is made of it.

/// Gives the list to the macro `$then`, which makes something of it.
///
/// ```text
/// suite { case [capabilities that it needs], … }
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_conformance_case {
    ($then:ident ! $with:tt) => {
        $crate::$then! {
            $with
            lifecycle {
                a_login_is_begun_approved_and_collected_once []
                a_grant_comes_out_as_it_went_in []
                pending []
                claimed []
                completed []
                redeemed []
                denied []
                cancelled []
                expired [ManualClock]
                uncollected [ManualClock]
                forgotten [ManualClock]
                foreign []
                foreign_and_completed []
                codes_differ_and_do_not_stand_for_each_other []
                codes_of_another_store_are_unknown []
                a_store_says_its_settings []
                sessions_are_counted []
                clones_are_one_store []
            }
            contexts {
                a_context_is_claimed_once []
                a_look_leaves_the_context []
                no_context_is_attached_unless_given []
                a_context_goes_when_the_session_is_settled []
                a_poll_leaves_the_context []
            }
            attempts {
                the_same_attempt_gets_the_grant_again []
                another_attempt_is_told_redeemed []
                what_was_redeemed_without_an_attempt_is_not_repeated []
                an_attempt_belongs_to_its_login []
                an_attempt_is_told_of_other_ends []
                an_attempt_may_be_repeated_for_ten_seconds [ManualClock]
                an_attempt_may_be_repeated_after_the_deadline [ManualClock]
                an_attempt_is_not_remembered_longer_than_its_login [ManualClock]
            }
            waits {
                a_wait_ends_when_the_login_is_settled []
                a_wait_redeems_for_its_attempt []
                a_wait_for_what_is_settled_returns_at_once []
                a_wait_ends_with_its_timeout []
                a_wait_that_is_dropped_loses_nothing []
                of_several_waits_one_gets_the_grant []
                a_wait_is_one_poll []
            }
            pace {
                a_poll_too_soon_is_told_to_slow_down [ManualClock]
                polls_are_judged_as_the_pure_function_does [ManualClock]
                without_an_interval_there_is_no_pace []
                a_pace_is_of_one_login [ManualClock]
                attempts_and_waits_are_paced []
                an_unpaced_handle_has_no_pace []
                a_tolerant_handle_takes_two_at_once_for_one [ManualClock]
                a_settled_login_is_never_told_to_slow_down []
            }
            expiry {
                the_deadline_to_the_tick [ManualClock]
                a_wait_after_the_deadline_returns_expired [ManualClock]
                a_grant_is_collected_until_the_deadline [ManualClock]
                an_end_stays_the_answer_after_the_deadline [ManualClock]
                an_expiry_is_final [ManualClock]
                an_end_is_remembered_for_the_retention [ManualClock]
                an_expiry_is_remembered_from_the_deadline_on [ManualClock]
                with_no_retention_an_end_is_forgotten_at_once []
                a_login_may_have_a_time_to_live_of_its_own [ManualClock]
                a_time_to_live_out_of_bounds_is_refused []
                a_grant_is_replayed_until_its_window_is_over [ManualClock, Replay]
                the_remaining_time_runs_down [ManualClock]
            }
            bounds {
                a_full_store_refuses_logins [ExactBounds, ManualClock]
                no_live_session_gives_way [ExactBounds]
                an_end_makes_room_for_one [ExactBounds]
                a_completed_session_takes_room_until_it_is_collected [ExactBounds]
                expired_sessions_make_room [ExactBounds, ManualClock]
                the_session_that_ended_first_is_forgotten_first [ExactBounds, Eviction, ManualClock]
                an_expiry_gives_way_in_its_turn [ExactBounds, Eviction, ManualClock]
                a_tenant_is_bounded_by_its_live_sessions [ExactBounds]
                a_tenants_expired_session_makes_room [ExactBounds, ManualClock]
                a_refused_login_leaves_nothing [ExactBounds]
            }
            tenants {
                a_strangers_verbs_change_nothing []
                a_tenant_is_its_name []
                locate_finds_the_tenant []
                user_codes_are_found_across_tenants [UserCodes]
                a_listing_has_the_live_sessions_of_the_tenant []
                a_long_listing_is_complete []
                a_session_is_cancelled_by_its_id []
                a_completed_session_is_not_cancelled_by_its_id []
                an_id_of_no_session_is_unknown []
                a_listing_shows_the_remaining_time [ManualClock]
            }
            user_codes {
                a_user_code_leads_to_its_login [UserCodes]
                user_codes_differ [UserCodes]
                a_user_code_is_known_as_long_as_its_login [UserCodes]
                a_user_code_is_forgotten_with_its_login [UserCodes, ManualClock]
                a_source_has_so_many_guesses [UserCodes]
                too_many_guesses_from_all_refuse_those_who_failed [UserCodes]
                guesses_of_unknown_sources_count_in_total [UserCodes]
                after_too_many_guesses_user_codes_are_longer [UserCodes]
                guesses_are_counted_for_a_minute [UserCodes, ManualClock]
                a_network_has_four_times_the_guesses_of_one_below [UserCodes]
                a_login_code_and_its_user_code_are_of_one_login [UserCodes, ManualClock]
            }
            bindings {
                a_poll_without_the_binding_is_unknown []
                an_unbound_login_takes_any_binding []
                a_poll_without_the_binding_is_not_noted [ManualClock]
                a_wait_without_the_binding_is_unknown []
                a_proof_is_asked_of_the_poll_that_redeems []
                a_proof_counts_for_nothing_without_a_place_to_hand_it_to []
                a_wait_without_the_proof_waits []
                a_repeated_redemption_carries_the_same_again []
            }
            details {
                details_are_shown_as_they_were_given []
                a_login_says_how_long_ago_it_began [ManualClock]
                ids_are_the_same_everywhere []
            }
            withdrawals {
                an_approval_is_taken_back_until_it_is_collected []
                a_pending_login_is_denied_by_a_withdrawal []
                what_has_ended_is_not_withdrawn [ManualClock]
                of_a_poll_and_a_withdrawal_one_gets_the_grant []
                withdrawals_are_counted []
            }
            sources {
                a_source_has_so_many_live_sessions []
                a_network_has_four_times_the_sessions_of_one_below []
                an_end_makes_room_for_its_source []
                an_expired_session_makes_room_for_its_source [ManualClock]
                a_login_without_a_source_is_not_counted []
                logins_that_begin_at_once_keep_to_the_bound_of_their_source []
            }
            races {
                of_many_polls_one_gets_the_grant []
                of_many_attempts_one_gets_the_grant []
                of_two_approvals_one_stands []
                of_opposite_ends_one_happens []
                polls_do_not_undo_what_settles_the_login []
                no_wait_sleeps_through_an_approval []
                of_many_claims_one_gets_the_context []
                a_claim_and_an_approval_agree []
                a_look_takes_the_context_from_nobody []
                logins_that_begin_at_once_keep_to_the_bound [ExactBounds]
                guesses_at_once_are_all_counted [UserCodes]
                what_was_shown_is_not_undone []
            }
            faults {
                fault_01_two_concurrent_polls_both_get_the_grant []
                fault_02_a_later_poll_gets_the_grant_again []
                fault_03_a_poll_overwrites_an_approval_or_a_denial []
                fault_04_a_late_approval_or_denial_revives_a_session [ManualClock]
                fault_05_of_two_approvals_the_last_one_wins []
                fault_06_an_approval_and_a_denial_both_report_success []
                fault_07_expiry_is_tested_in_the_wrong_order [ManualClock]
                fault_08_a_change_loses_or_renews_the_deadline [ManualClock]
                fault_09_a_grant_is_burned_before_it_is_delivered []
                fault_10_the_bound_evicts_live_logins [ExactBounds]
                fault_11_a_user_code_overwrites_another_session [UserCodes]
                fault_12_a_malformed_code_panics []
                fault_13_the_first_poll_is_throttled [ExactBounds]
                fault_14_slow_down_hides_a_settled_login []
                fault_15_secrets_show_in_debug_output []
                fault_16_counters_grow_without_bound [UserCodes, ManualClock]
                fault_17_a_repeated_redemption_is_told_used []
                fault_18_a_rewrite_resets_the_time_to_live [ManualClock]
                fault_19_index_sets_outlive_their_sessions [ExactBounds, UserCodes, ManualClock]
                fault_20_an_answer_is_delivered_to_another_request []
            }
        }
    };
}

/// Makes the table.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_table {
    ({ $harness:ident } $($suite:ident { $($name:ident [$($need:ident),*])* })*) => {
        &[$($($crate::conformance::Case {
            suite: stringify!($suite),
            name: stringify!($name),
            needs: &[$($crate::conformance::Capability::$need),*],
            run: |harness: &$harness| Box::pin($crate::conformance::$suite::$name(harness)),
        },)*)*]
    };
}

/// Makes the tests.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_test_modules {
    ({ $harness:expr } $($suite:ident { $($name:ident [$($need:ident),*])* })*) => {
        $(mod $suite {
            #[allow(unused_imports, reason = "the harness may need none of them")]
            use super::*;
            $(#[test]
            fn $name() {
                $crate::conformance::test_case(&$harness, stringify!($suite), stringify!($name));
            })*
        })*

        #[test]
        fn the_engine_supports_cases() {
            $crate::conformance::test_count(&$harness);
        }
    };
}

/// Makes a `#[test]` of each case of the [suite](crate::conformance), in one module per suite. Takes an expression that
/// makes a [`Harness`](crate::conformance::Harness); each test has a harness of its own.
///
/// A case that the engine cannot support says so on standard error, and one more test fails if it supports none.
#[macro_export]
macro_rules! conformance_tests {
    ($harness:expr $(,)?) => {
        $crate::for_each_conformance_case!(conformance_test_modules! { $harness });
    };
}

impl<H: super::Harness> super::Case<H> {
    /// All cases.
    pub const ALL: &'static [Self] = crate::for_each_conformance_case!(conformance_table! { H });
}
